"""How far the outlines of two regions lie from each other.

The outline of a region is its pixels that touch something outside it, up, down or sideways; beyond the image's edge
lies outside. Distances run between centers of pixels, from each pixel of either outline to the nearest of the other.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, distance_transform_edt

Mask = NDArray[np.bool_]
MARGIN = 2  # pixels around both regions that distances are computed on


@dataclass(frozen=True)
class Surfaces:
    """Distances of one image's two outlines; nan where one of the regions is empty.

    Args:
        hausdorff_95: 95th percentile of the distances of an outline, the larger of both.
        mean: of the distances of either outline, the mean of both means.
        within: share of both outlines that lies within the tolerance of the other.
    """

    hausdorff_95: float
    mean: float
    within: float


def surfaces(drawn: Mask, true: Mask, spacing: tuple[float, float], tolerance: float) -> Surfaces:
    """Compare two outlines.

    Args:
        drawn: (H, W).
        true: (H, W).
        spacing: from one row, and from one column, to the next; distances have its unit.
        tolerance: in the same unit.

    Source: Nikolov et al. 2021, J Med Internet Res 23:e26151 (surface Dice); Taha & Hanbury 2015, BMC Medical Imaging
    15:29 (the distances).

    >>> one, other = np.zeros((2, 5, 9), bool)
    >>> one[1:4, 1:4] = other[1:4, 2:5] = True
    >>> found = surfaces(one, other, (1.0, 1.0), 0.5)
    >>> found.hausdorff_95, found.mean, found.within
    (1.0, 0.5, 0.5)
    """
    if not drawn.any() or not true.any():
        return Surfaces(float("nan"), float("nan"), float("nan"))
    window = _window(drawn | true)
    first, second = outline(drawn[window]), outline(true[window])
    to_second = distance_transform_edt(~second, sampling=spacing)[first]
    to_first = distance_transform_edt(~first, sampling=spacing)[second]
    both = np.concatenate([to_second, to_first])
    return Surfaces(
        float(max(np.percentile(to_second, 95), np.percentile(to_first, 95))),
        float((to_second.mean() + to_first.mean()) / 2),
        float((both <= tolerance).mean()),
    )


def outline(mask: Mask) -> Mask:
    """The pixels of a region that touch something outside it.

    >>> outline(np.ones((3, 3), bool)).astype(int).tolist()
    [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
    """
    return mask & ~binary_erosion(mask)


def _window(mask: Mask) -> tuple[slice, slice]:
    """Where both regions lie, with a margin: distances need no more of the image."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    top, left = max(0, rows[0] - MARGIN), max(0, columns[0] - MARGIN)
    return slice(top, rows[-1] + 1 + MARGIN), slice(left, columns[-1] + 1 + MARGIN)
