"""Zones of an image: the thirds of each lung where its mask is known, else the cells of a fixed grid."""

import numpy as np
from numpy.typing import NDArray

from hilum.features.lungs import Lungs

Mask = NDArray[np.bool_]
SIDES, LEVELS = ("right", "left"), ("upper", "middle", "lower")
ZONES = tuple(f"{side}_{level}" for side in SIDES for level in LEVELS)
GRID = (0.10, 0.90)  # of width and height: where lungs lie on most frontal images; the grid is no segmentation


def zones_of(lungs: Lungs) -> dict[str, Mask]:
    """The six zones: each lung cut into thirds of its own height.

    Returns:
        By name, as `right_upper`, (H, W); right is the patient's right, on the left of the image.
    """
    found = {}
    for side, mask in (("right", lungs.right), ("left", lungs.left)):
        rows = np.flatnonzero(mask.any(axis=1))
        edges = np.linspace(rows[0], rows[-1] + 1, 4).round().astype(int) if len(rows) else np.zeros(4, int)
        for level, start, end in zip(LEVELS, edges, edges[1:], strict=False):
            zone = np.zeros_like(mask)
            zone[start:end] = mask[start:end]
            found[f"{side}_{level}"] = zone
    return found


def grid_of(size: int) -> dict[str, Mask]:
    """Six cells of a fixed grid, two across and three down, under the names of the zones.

    Args:
        size: side of the square, in pixels.
    """
    start, end = (round(size * share) for share in GRID)
    across, down = np.linspace(start, end, 3).round().astype(int), np.linspace(start, end, 4).round().astype(int)
    found = {}
    for place, side in enumerate(SIDES):
        for row, level in enumerate(LEVELS):
            zone = np.zeros((size, size), bool)
            zone[down[row] : down[row + 1], across[place] : across[place + 1]] = True
            found[f"{side}_{level}"] = zone
    return found


def atlas(size: int) -> Lungs:
    """Where lungs lie on a usual frontal image: two upright ellipses, for images of which no mask is known.

    A stand-in that knows nothing of the image.

    Args:
        size: side of the square, in pixels.
    """
    y, x = (np.mgrid[:size, :size] + 0.5) / size

    def ellipse(center: float) -> Mask:
        inside: Mask = ((x - center) / 0.15) ** 2 + ((y - 0.47) / 0.34) ** 2 <= 1
        return inside

    return Lungs(left=ellipse(0.70), right=ellipse(0.30))
