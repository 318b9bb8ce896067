"""Where an image's pixels go when it is cropped and fitted into a square, and the way back.

Coordinates are continuous, as in boxes: pixel (row 0, column 0) covers [0, 1) x [0, 1), and its center is (0.5, 0.5).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

KEPT = 16  # axes whose weights are kept: images are mostly of a few sizes


@dataclass(frozen=True)
class Axis:
    """One axis of the way from an image (0 … `length`) to the square (0 … `size`): cut, scaled, shifted.

    Args:
        length: of the image, in original pixels.
        start: first original pixel inside the crop.
        cropped: how many original pixels the crop keeps.
        offset: first pixel of the square that shows the image (black lies before it).
        fitted: how many pixels of the square show the image.
        size: of the square.
    """

    length: int
    start: int
    cropped: int
    offset: int
    fitted: int
    size: int

    @property
    def scale(self) -> float:
        """Pixels of the square for each original pixel."""
        return self.fitted / self.cropped

    def to_square(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Original coordinates to the square's, held inside the part that shows the image."""
        return np.clip(self.unheld(x), self.offset, self.offset + self.fitted)

    def unheld(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Original coordinates to the square's, also those beyond the part that shows the image."""
        return (x - self.start) * self.scale + self.offset

    def to_original(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The square's coordinates to original ones, held inside the crop."""
        return np.clip((x - self.offset) / self.scale + self.start, self.start, self.start + self.cropped)

    def spread(self, cells: int) -> NDArray[np.float32]:
        """(length, cells) weights that interpolate a row of `cells` over the square linearly at each original pixel.

        Pixels outside the crop have no weight; beyond the outermost centers of cells the outermost cell holds.
        """
        return _spread(self, cells)


@lru_cache(KEPT)
def _spread(axis: Axis, cells: int) -> NDArray[np.float32]:
    centers = (np.arange(axis.cropped) + 0.5) * axis.scale + axis.offset
    position = np.clip(centers * cells / axis.size - 0.5, 0, cells - 1)
    left = np.minimum(position.astype(np.int64), max(cells - 2, 0))
    right = np.minimum(left + 1, cells - 1)
    weights = np.zeros((axis.length, cells), np.float32)
    rows = np.arange(axis.start, axis.start + axis.cropped)
    np.add.at(weights, (rows, left), 1 - (position - left))
    np.add.at(weights, (rows, right), position - left)
    weights.setflags(write=False)  # shared by all who ask
    return weights


def placement(height: int, width: int, *, size: int, center_crop: float, fit: str) -> tuple[Axis, Axis]:
    """How an image of this size is placed in the square: its (vertical, horizontal) axes.

    Args:
        height: of the image, in pixels.
        width: of the image, in pixels.
        size: side of the square.
        center_crop: share of each side that is kept, around the middle.
        fit: `squash` (both sides scaled to the square), `pad` (shape kept, the shorter side centered on black) or
            `crop` (shape kept, the longer side cut down to the shorter around its middle).
    """
    kept = [max(1, round(length * center_crop)) for length in (height, width)]
    if fit == "crop":
        kept = [min(kept)] * 2
    longest = max(kept)
    fitted = [max(1, round(size * length / longest)) if fit == "pad" else size for length in kept]
    vertical, horizontal = (
        Axis(length, (length - crop) // 2, crop, (size - shown) // 2, shown, size)
        for length, crop, shown in zip((height, width), kept, fitted, strict=True)
    )
    return vertical, horizontal
