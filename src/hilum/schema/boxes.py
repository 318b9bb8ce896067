"""Boxes: rectangles in original pixels, with a finding and, when predicted, a score."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.schema.errors import DataError, listed
from hilum.schema.numbers import as_numbers
from hilum.schema.table_files import as_cells

COLUMNS = ("image_id", "finding", "x0", "y0", "x1", "y1")
EDGES = ["x0", "y0", "x1", "y1"]


@dataclass(frozen=True)
class Boxes:
    """Rectangles on images.

    Args:
        table: `image_id`, `finding`, `x0 y0 x1 y1` (original pixels, x to the right, y down, x1 and y1 exclusive), and
            `score` in [0, 1] when the boxes are predicted. Which pixels of a box are the finding's may stand beside
            it: polygons in `outline` (`x y x y x y; …`), or run lengths in `rle` with `rle_order`. Further columns (a
            reader's name) travel along.

    Raises:
        DataError: when a column is missing or a box has no area or a negative corner.
    """

    table: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [column for column in COLUMNS if column not in self.table]
        if missing:
            raise DataError(f"Boxes lack the columns {', '.join(missing)}. Expected {', '.join(COLUMNS)}.")
        table = self.table.reset_index(drop=True)
        for edge in EDGES:
            table[edge], words = as_numbers(table[edge])
            if words.any():
                cells = listed(self.table[edge][words.to_numpy()])
                raise DataError(f"{words.sum():,} boxes have an {edge} that is no number: {cells}. Expected pixels.")
        table["image_id"] = as_cells(table["image_id"])
        corners = table[EDGES].to_numpy()
        bad = ~((corners[:, 2] > corners[:, 0]) & (corners[:, 3] > corners[:, 1]) & (corners >= 0).all(axis=1))
        if bad.any():
            raise DataError(
                f"{int(bad.sum())} boxes have no area or a negative corner: {listed(table.image_id[bad])}. "
                "Expected 0 <= x0 < x1 and 0 <= y0 < y1 in original pixels."
            )
        object.__setattr__(self, "table", table)

    def __len__(self) -> int:
        return len(self.table)

    def of(self, image_id: str) -> pd.DataFrame:
        """The boxes of one image."""
        return self.table[self.table.image_id == image_id]

    def among(self, image_ids: "pd.Series[str]") -> "Boxes":
        """The boxes of these images."""
        wanted = set(image_ids.tolist())  # many times faster than isin, which walks all of them for each box
        return Boxes(self.table[np.array([image_id in wanted for image_id in self.table.image_id], bool)])


def overlaps(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """(M, N) intersection over union of (M, 4) and (N, 4) boxes `x0 y0 x1 y1`.

    >>> overlaps(np.array([[0.0, 0, 2, 2]]), np.array([[1.0, 0, 3, 2], [5, 5, 6, 6]])).round(3).tolist()
    [[0.333, 0.0]]
    """
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (first, second)]
    return np.asarray(shared / (areas[0][:, None] + areas[1][None] - shared))
