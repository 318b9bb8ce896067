"""Shape: what can be measured on the masks of lungs and heart. Geometry alone: a mask is true inside, (H, W).

Left and right are the patient's: on a frontal image the right lung lies left. Lengths are in pixels of the mask;
`spacing_mm` makes millimeters of them.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Span:
    """A horizontal line across the image: where something is widest.

    Args:
        x0: first column inside, pixels.
        x1: first column behind, pixels.
        row: where the line is drawn, pixels; of several extremes on different rows, between them.
    """

    x0: int
    x1: int
    row: int

    @property
    def width(self) -> int:
        """Pixels."""
        return self.x1 - self.x0


def span(mask: Mask) -> Span | None:
    """From the outermost column on one side to that on the other, whatever rows they lie on; None for an empty mask.

    >>> span(np.array([[0, 0, 1, 0], [1, 1, 1, 0], [0, 0, 0, 1]], bool))
    Span(x0=0, x1=4, row=1)
    """
    columns = np.flatnonzero(mask.any(axis=0))
    if not len(columns):
        return None
    ends = [float(np.flatnonzero(mask[:, column]).mean()) for column in columns[[0, -1]]]
    return Span(int(columns[0]), int(columns[-1]) + 1, int(sum(ends) / 2))


@dataclass(frozen=True)
class CardiothoracicRatio:
    """Width of the heart over the inner width of the thorax.

    Args:
        heart: from its rightmost to its leftmost edge.
        thorax: from the outer edge of the right lung to that of the left.
    """

    heart: Span
    thorax: Span

    @property
    def value(self) -> float:
        """The ratio; above 0.5 on a PA image of an adult the heart counts as enlarged."""
        return self.heart.width / self.thorax.width


def cardiothoracic_ratio(right_lung: Mask, left_lung: Mask, heart: Mask) -> CardiothoracicRatio | None:
    """The ratio and its two lines; None where one of the three is empty.

    Args:
        right_lung: (H, W).
        left_lung: (H, W).
        heart: (H, W).

    Source: Danzer 1919, American Journal of the Medical Sciences 157:513-521: the largest distance of the heart from
    the midline on the right and on the left, over the inner width of the thorax.

    >>> rows = [[1, 0, 0, 0, 0, 2], [1, 1, 3, 3, 2, 2], [1, 0, 3, 3, 3, 2]]
    >>> image = np.array(rows)
    >>> cardiothoracic_ratio(image == 1, image == 2, image == 3).value
    0.5
    """
    spans = span(heart), span(right_lung | left_lung)
    if spans[0] is None or spans[1] is None or not right_lung.any() or not left_lung.any():
        return None
    return CardiothoracicRatio(spans[0], spans[1])


def area(mask: Mask, spacing_mm: tuple[float, float] | None = None) -> float:
    """Square centimeters where the spacing (rows, columns) is known, else pixels.

    >>> area(np.ones((10, 10), bool)), area(np.ones((10, 10), bool), (1.0, 2.0))
    (100.0, 2.0)
    """
    pixels = float(np.count_nonzero(mask))
    return pixels if spacing_mm is None else pixels * spacing_mm[0] * spacing_mm[1] / 100


def overlap(first: Mask, second: Mask) -> float:
    """Shared pixels over those of the smaller region, in [0, 1]; 0 where one is empty.

    >>> overlap(np.array([[True, True, False]]), np.array([[False, True, True]]))
    0.5
    """
    smaller = min(np.count_nonzero(first), np.count_nonzero(second))
    return float(np.count_nonzero(first & second) / smaller) if smaller else 0.0


def center(mask: Mask) -> tuple[float, float] | None:
    """Mean row and column, pixels; None for an empty mask.

    >>> center(np.array([[False, True], [False, True]]))
    (0.5, 1.0)
    """
    rows, columns = mask.sum(axis=1), mask.sum(axis=0)
    total = rows.sum()
    if not total:
        return None
    return float(rows @ np.arange(len(rows)) / total), float(columns @ np.arange(len(columns)) / total)


def solidity(mask: Mask) -> float:
    """Area over that of the convex hull, in (0, 1]; nan for an empty mask.

    >>> solidity(np.ones((5, 5), bool))
    1.0
    """
    if not mask.any():
        return float("nan")
    edges, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    filled = cv2.fillConvexPoly(np.zeros(mask.shape, np.uint8), cv2.convexHull(np.concatenate(edges)), 1)
    return float(np.count_nonzero(mask) / np.count_nonzero(filled))


def bounds(mask: Mask) -> tuple[int, int, int, int] | None:
    """x0 y0 x1 y1, pixels, half open; None for an empty mask.

    >>> bounds(np.array([[False, False], [False, True]]))
    (1, 1, 2, 2)
    """
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if not len(columns):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
