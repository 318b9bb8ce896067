"""MaskPredictions: regions that a model or a reader outlined, and the images they looked at."""

import os
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from hilum.schema.errors import DataError, listed
from hilum.schema.header import Header
from hilum.schema.prediction_files import read_with_header, write_with_header

PLACES = ("path", "rle")  # where a region's pixels are: a file, or run lengths in the table itself


@dataclass(frozen=True)
class MaskPredictions:
    """One row a mask; an image of the header without a row is one on which nothing was found.

    Args:
        table: `image_id`, `structure` (what is outlined), and for each row `path` (an image file, above 0 inside) or
            `rle` (run lengths), in original pixels. Further columns travel along.
        header: the images that were read, provenance and failures.

    Raises:
        DataError: when a column or a row's region is missing, an image's structure stands twice, or an image is not
            named by the header.
    """

    kind: ClassVar[str] = "masks"
    table: pd.DataFrame
    header: Header

    def __post_init__(self) -> None:
        missing = [name for name in ("image_id", "structure") if name not in self.table]
        places = [name for name in PLACES if name in self.table]
        if missing or not places:
            raise DataError(
                f"Predicted masks have the columns {listed(self.table.columns)}. "
                f"Expected image_id, structure, and {' or '.join(PLACES)}."
            )
        table = self.table.reset_index(drop=True)
        table = table.assign(image_id=table.image_id.astype("str"), structure=table.structure.astype("str"))
        nowhere = table[places].isna().all(axis=1)
        if nowhere.any():
            raise DataError(
                f"{int(nowhere.sum())} predicted masks have no region: {listed(table.image_id[nowhere])}. "
                f"Expected {' or '.join(places)} in every row."
            )
        twice = table.duplicated(["image_id", "structure"])
        if twice.any():
            raise DataError(
                f"{int(twice.sum())} predicted masks stand twice: {listed(table.image_id[twice])}. "
                "Expected one row for an image's structure."
            )
        self.header.refuse_others(table.image_id)
        object.__setattr__(self, "table", table)

    def __len__(self) -> int:
        return len(self.header)

    @property
    def provenance(self) -> dict[str, Any]:
        """Where they come from."""
        return self.header.provenance

    @property
    def failures(self) -> pd.DataFrame:
        """`image_id` and `reason` of the images that could not be read."""
        return self.header.failures

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write as Parquet; the header travels in the file's metadata."""
        write_with_header(path, self.table, self.header, self.kind)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "MaskPredictions":
        """Read what `save` wrote.

        Raises:
            DataError: when it is something else.
        """
        table, header = read_with_header(path, cls.kind)
        try:
            return cls(table, header)
        except (DataError, TypeError, ValueError) as error:
            raise DataError(f"{path}: {error}") from error
