"""Features: one row an image, named float32 columns that are not pixels."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.schema.errors import DataError, listed
from hilum.schema.files import write_table


@dataclass(frozen=True)
class Column:
    """What the numbers of a column are.

    Args:
        unit: as `years`, `share` or `bits`; `1` for a number without one.
        source: what made it, as `lbp` with its settings, or an encoder's layer with the hash of its weights.
    """

    unit: str = "1"
    source: str = ""


@dataclass(frozen=True)
class Features:
    """Demographics, history, texture or an embedding.

    Args:
        table: `image_id` and float32 columns; NaN where a value is not known.
        about: unit and source of columns, by name; what nobody said anything of is left out.
        failures: why images have no values where others have, by image id.
    """

    table: pd.DataFrame
    about: Mapping[str, Column] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if "image_id" not in self.table:
            raise DataError("Features lack the column image_id. Expected one row an image.")
        table = self.table.reset_index(drop=True)
        table = table.assign(image_id=table["image_id"].astype("str"))
        twice = table.image_id[table.image_id.duplicated()]
        if len(twice):
            raise DataError(f"Features hold image ids twice: {listed(twice)}. Expected one row an image.")
        columns = [column for column in table.columns if column != "image_id"]
        whole = pd.DataFrame(
            table[columns].astype(np.float32).to_numpy(), columns=columns
        )  # one block, not one a column
        whole.insert(0, "image_id", table["image_id"])
        object.__setattr__(self, "table", whole)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(self.table.columns[1:])

    def __len__(self) -> int:
        return len(self.table)

    def aligned(self, image_ids: "pd.Series[str]") -> NDArray[np.float32]:
        """(N, F) values in the order of `image_ids`; NaN rows for images without features."""
        return self.table.set_index("image_id").reindex(image_ids).to_numpy(np.float32, copy=True)

    def joined(self, other: "Features") -> "Features":
        """Both sets of columns for the images of this one.

        Raises:
            DataError: when both have a column of the same name.
        """
        twice = [name for name in self.names if name in set(other.names)]
        if twice:
            raise DataError(f"Two sets of features have the columns {listed(twice)}. Expected other names in each.")
        table = self.table.merge(other.table, on="image_id", how="left", validate="one_to_one")
        return Features(table, {**self.about, **other.about}, {**other.failures, **self.failures})

    def chosen(self, image_ids: "pd.Series[str]") -> "Features":
        """These images in their order; rows of NaN for those without features."""
        table = self.table.set_index("image_id").reindex(pd.Index(image_ids, name="image_id")).reset_index()
        known = set(image_ids)
        failures = {image_id: reason for image_id, reason in self.failures.items() if image_id in known}
        return Features(table, self.about, failures)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write as Parquet; units and sources travel in the file's metadata."""
        table = self.table.copy(deep=False)
        columns = {name: [held.unit, held.source] for name, held in self.about.items()}
        table.attrs = {"columns": columns, "failures": dict(self.failures)}
        write_table(path, table)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Features":
        """Read what `save` wrote."""
        try:
            table = pd.read_parquet(path)
            about = {name: Column(*held) for name, held in table.attrs.get("columns", {}).items()}
            failures = {str(name): str(why) for name, why in table.attrs.get("failures", {}).items()}
            table.attrs = {}
            return cls(table, about, failures)
        except (ValueError, OSError, TypeError) as error:
            raise DataError(f"{path}: not a readable Parquet table ({error}). Expected Features.") from error
