"""Explanation: where a model looked, for one image and one finding, in original pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hilum.schema.errors import DataError


@dataclass(frozen=True)
class Explanation:
    """A heatmap.

    Args:
        image_id: the image.
        finding: the finding it speaks of.
        heatmap: (H, W) float32 in [0, 1], original pixels of the image.
        method: the explainer's name, as in `cam`.
    """

    image_id: str
    finding: str
    heatmap: NDArray[np.float32]
    method: str

    def __post_init__(self) -> None:
        heatmap = self.heatmap
        if heatmap.ndim != 2 or not (heatmap.min() >= 0 and heatmap.max() <= 1):  # NaN is neither
            raise DataError(f"Heatmap of {self.image_id}: expected (H, W) in [0, 1], got shape {heatmap.shape}.")
