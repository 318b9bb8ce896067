"""Explanation: where a model looked, for one image and one finding, in original pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hilum.schema.errors import DataError

Layer = NDArray[np.float32]


# h w cells of the map, H W pixels of the image
@dataclass(frozen=True)
class Explanation:
    """A heatmap, kept as its few cells, and laid out on the image's pixels when it is asked for.

    Args:
        image_id: the image.
        finding: the finding it speaks of.
        cells: (h, w) float32 in [0, 1]; the image's own pixels when there is no `spread`.
        method: the explainer's name, as in `cam`.
        spread: (H, h) and (W, w) float32, by how much each cell counts at each of the image's rows and columns; what
            the model did not see has no weight.
    """

    image_id: str
    finding: str
    cells: Layer
    method: str
    spread: tuple[Layer, Layer] | None = None

    def __post_init__(self) -> None:
        cells = self.cells
        if cells.ndim != 2 or not (cells.min() >= 0 and cells.max() <= 1):  # NaN is neither
            raise DataError(f"Heatmap of {self.image_id}: expected (H, W) in [0, 1], got shape {cells.shape}.")

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the image, in original pixels."""
        height, width = self.cells.shape if self.spread is None else (len(side) for side in self.spread)
        return height, width

    @property
    def heatmap(self) -> Layer:
        """(H, W) float32 in [0, 1], original pixels of the image; laid out anew each time."""
        return self.cells if self.spread is None else laid_out(self.cells, *self.spread)


def laid_out(cells: Layer, rows: Layer, columns: Layer) -> Layer:
    """Cells as the (H, W) pixels over which they are spread, in [0, 1]."""
    heatmap = np.asarray(rows @ cells @ columns.T, np.float32)
    return np.clip(heatmap, 0, 1, out=heatmap)
