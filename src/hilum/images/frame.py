"""Frame: where the pixels of a square lie on the original image."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hilum.images.preprocess import Preprocess


@dataclass(frozen=True)
class Frame:
    """The way from a square that a model saw back to the image it was made of.

    Args:
        height: of the image, in original pixels.
        width: of the image, in original pixels.
        preprocess: what made the square.
    """

    height: int
    width: int
    preprocess: Preprocess

    def boxes_to_original(self, boxes: NDArray[Any]) -> NDArray[np.float64]:
        """(N, 4) x0 y0 x1 y1 on the square to original pixels, held inside what the model saw."""
        return self.preprocess.boxes_to_original(boxes, self.height, self.width)

    def heatmap_to_original(self, heatmap: NDArray[Any]) -> NDArray[np.float32]:
        """(h, w) over the square to (height, width); 0 where the model saw nothing."""
        return self.preprocess.heatmap_to_original(heatmap, self.height, self.width)

    def spread(self, cells: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What `heatmap_to_original` multiplies a heatmap of so many cells with, from the left and from the right."""
        return self.preprocess.spread(cells, self.height, self.width)
