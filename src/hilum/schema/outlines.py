"""Outlines of boxes as text: polygons as owners draw them, in original pixels."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from hilum.schema.errors import DataError

OUTLINES = ("outline", "rle", "rle_order")  # columns of boxes that say which of their pixels are the finding's
CORNERS = 3  # that a polygon has at least


def outline_text(polygons: Iterable[Sequence[float]]) -> str:
    """Polygons, each a flat list of x and y, as one cell of a table.

    >>> outline_text([[0, 0, 4, 0, 4, 2.5], [8, 8, 9, 8, 9, 9]])
    '0 0 4 0 4 2.5; 8 8 9 8 9 9'
    """
    return "; ".join(" ".join(f"{number:.10g}" for number in polygon) for polygon in polygons)


def polygons_of(text: str) -> list[NDArray[np.float64]]:
    """The polygons of a cell, each (p, 2) x and y.

    Raises:
        DataError: when they are no numbers, or fewer than three corners.

    >>> [polygon.tolist() for polygon in polygons_of("0 0 4 0 4 2.5")]
    [[[0.0, 0.0], [4.0, 0.0], [4.0, 2.5]]]
    """
    try:
        numbers = [np.array(part.split(), np.float64) for part in text.split(";")]
    except ValueError as error:
        raise DataError(f"The outline '{text[:40]}' holds no numbers ({error}). Expected x y x y x y.") from error
    if any(len(part) % 2 or len(part) < 2 * CORNERS or not np.isfinite(part).all() for part in numbers):
        raise DataError(f"The outline '{text[:40]}' is no polygon. Expected x y of three corners or more.")
    return [part.reshape(-1, 2) for part in numbers]
