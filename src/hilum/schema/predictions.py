"""Predictions: one row an image, one probability a finding. The boundary between models and measuring.

Another team's model, or a radiologist, is compared with ours by writing this table, nothing else.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.schema.errors import DataError, listed
from hilum.schema.files import write_table
from hilum.schema.findings import Findings

ID_COLUMNS = ("image_id", "Image Index")  # ours, and that of NIH's table, which files for NIH's images share
TEXT = dict.fromkeys(ID_COLUMNS, "str")  # an id such as 0012 is no number


@dataclass(frozen=True)
class Predictions:
    """Probabilities for a set of images.

    Args:
        table: `image_id` and one float column a finding, each value a probability in [0, 1] or NaN where the reader
            gave none. They are probabilities already: nothing downstream applies a sigmoid.
        provenance: where they come from (run, weights' hash, split, versions), JSON values; travels in the file.
        failures: `image_id` and `reason` of the images that could not be read.

    Raises:
        DataError: when ids repeat or a value is not a probability.
    """

    table: pd.DataFrame
    provenance: dict[str, Any] = field(default_factory=dict)
    failures: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"image_id": [], "reason": []}, dtype="str"))
    findings: Findings = field(init=False)

    def __post_init__(self) -> None:
        if "image_id" not in self.table or self.table.shape[1] < 2:
            raise DataError("Predictions need the column image_id and one column a finding.")
        table = self.table.reset_index(drop=True)
        table["image_id"] = table["image_id"].astype("str")
        nameless = np.flatnonzero(table.image_id.isna())
        if len(nameless):
            raise DataError(f"Predictions hold no image id in rows {listed(nameless)}. Expected one in every row.")
        twice = table.image_id[table.image_id.duplicated()]
        if len(twice):
            raise DataError(
                f"Predictions hold {len(twice)} image ids twice: {listed(twice)}. Expected one row an image."
            )
        names = [column for column in table.columns if column != "image_id"]
        values = table[names].to_numpy(np.float64)
        bad = ~np.isnan(values) & ((values < 0) | (values > 1))
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise DataError(
                f"Predictions outside [0, 1]: {int(bad.sum()):,}, the first {values[row, column]:g} for "
                f"{names[column]} of {table.image_id[row]}. Expected probabilities: apply the sigmoid before writing, "
                "and leave out columns that are no findings."
            )
        object.__setattr__(self, "table", table[["image_id", *names]])
        object.__setattr__(self, "findings", Findings(tuple(names)))

    def __len__(self) -> int:
        return len(self.table)

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """(N, K) probabilities in the order of `findings`."""
        return self.table[list(self.findings)].to_numpy(np.float64)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write as Parquet; provenance and failures travel in the file's metadata."""
        table = self.table.copy()
        table.attrs = {"provenance": self.provenance, "failures": self.failures.to_dict("records")}
        write_table(path, table)

    @classmethod
    def load(cls, path: str | os.PathLike[str], prefix: str = "") -> "Predictions":
        """Read a Parquet or CSV file, ours or anyone's: `image_id` (or NIH's `Image Index`) and one column a
        finding.

        Args:
            path: the file.
            prefix: what stands before a finding's name in its column, as `prob_`; other columns are then left alone.
                A file that `save` wrote has none and is read without.
        """
        path = Path(path)
        if not path.is_file():
            raise DataError(f"{path}: no such file. Expected Predictions as Parquet or CSV.")
        try:
            table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype=TEXT)
        except (ValueError, OSError) as error:
            raise DataError(f"{path}: not a readable Parquet or CSV table ({error}).") from error
        ids = next((name for name in ID_COLUMNS if name in table), None)
        if ids is None:
            raise DataError(f"{path}: no column {' or '.join(ID_COLUMNS)}. Expected one row an image.")
        if not len(table) and "provenance" not in table.attrs:
            raise DataError(f"{path}: no rows. Expected one row an image.")
        prefix = "" if "provenance" in table.attrs else prefix
        names = [name for name in table.columns if name.startswith(prefix) and name != ids]
        if not names:
            raise DataError(f"{path}: no column begins with '{prefix}'. Columns: {listed(table.columns)}.")
        words = [name for name in names if not pd.api.types.is_numeric_dtype(table[name])]
        if words:
            raise DataError(
                f"{path}: no numbers in {listed(words)}. Expected probabilities; "
                "name with --prefix what stands before the columns of findings."
            )
        chosen = table[[ids, *names]].rename(columns={name: name.removeprefix(prefix) for name in names})
        chosen = chosen.rename(columns={ids: "image_id"})
        if ids == "Image Index":  # names of files; our ids go without the suffix
            chosen["image_id"] = chosen.image_id.str.removesuffix(".png")
        failures = pd.DataFrame(table.attrs.get("failures", []), columns=["image_id", "reason"], dtype="str")
        provenance = table.attrs.get("provenance") or {"predictions": path.name}
        chosen.attrs = {}
        try:
            return cls(chosen, provenance, failures)
        except DataError as error:
            raise DataError(f"{path}: {error}") from error
