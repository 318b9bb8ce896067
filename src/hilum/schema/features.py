"""Features: one row an image, named float32 columns that are not pixels."""

import os
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.schema.errors import DataError, listed
from hilum.schema.files import write_table


@dataclass(frozen=True)
class Features:
    """Demographics, history, texture or an embedding.

    Args:
        table: `image_id` and float32 columns; NaN where a value is not known.
    """

    table: pd.DataFrame

    def __post_init__(self) -> None:
        if "image_id" not in self.table:
            raise DataError("Features lack the column image_id. Expected one row an image.")
        table = self.table.reset_index(drop=True)
        table["image_id"] = table["image_id"].astype("str")
        twice = table.image_id[table.image_id.duplicated()]
        if len(twice):
            raise DataError(f"Features hold image ids twice: {listed(twice)}. Expected one row an image.")
        columns = [column for column in table.columns if column != "image_id"]
        object.__setattr__(self, "table", table[["image_id", *columns]].astype(dict.fromkeys(columns, np.float32)))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(self.table.columns[1:])

    def __len__(self) -> int:
        return len(self.table)

    def aligned(self, image_ids: "pd.Series[str]") -> NDArray[np.float32]:
        """(N, F) values in the order of `image_ids`; NaN rows for images without features."""
        return self.table.set_index("image_id").reindex(image_ids).to_numpy(np.float32)

    def joined(self, other: "Features") -> "Features":
        """Both sets of columns for the images of this one."""
        return Features(self.table.merge(other.table, on="image_id", how="left", validate="one_to_one"))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write as Parquet."""
        write_table(path, self.table)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Features":
        """Read what `save` wrote."""
        try:
            return cls(pd.read_parquet(path))
        except (ValueError, OSError) as error:
            raise DataError(f"{path}: not a readable Parquet table ({error}). Expected Features.") from error
