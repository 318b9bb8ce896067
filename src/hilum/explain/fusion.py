"""Attention maps: where a model looked and where the lungs lie, fused into one small map an image."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from hilum.schema import DataError

Maps = NDArray[np.float32]


def fused(lungs: Maps, heat: Maps, share: float, *, smooth: float = 0.0) -> Maps:
    """F = share * M + (1 - share) * G, each brought to [0, 1] before, smoothed and brought to [0, 1] after.

    Report 5 writes this twice, with its lambda on the lungs (its equation 3) and on the heatmap (its equation 4):
    `share` is that of the lungs, so that the second's best lambda of 0.6 is a share of 0.4 here.

    Args:
        lungs: (N, s, s) M, share of each cell inside the lungs.
        heat: (N, s, s) G, how strongly a model looked there.
        share: lambda of the lungs, in [0, 1].
        smooth: standard deviation of a Gaussian, in cells; 0 for none.

    Returns:
        (N, s, s) float32 in [0, 1]; NaN for an image of which a map with a weight above 0 is not known.

    Source: Das 2025, equations 3 and 4.

    >>> fused(np.array([[[0.0, 1.0]]]), np.array([[[1.0, 0.0]]]), 0.5).tolist()
    [[[0.0, 0.0]]]
    >>> fused(np.array([[[0.0, 1.0]]]), np.array([[[1.0, 0.0]]]), 0.75).tolist()
    [[[0.0, 1.0]]]
    """
    if not 0 <= share <= 1:
        raise DataError(f"A share of the lungs of {share:g}. Expected 0 (the heatmap alone) to 1 (the lungs alone).")
    if lungs.shape != heat.shape:
        raise DataError(f"Maps of the lungs {lungs.shape} beside heatmaps {heat.shape}. Expected the same cells.")
    together = np.zeros(lungs.shape, np.float32)
    for weight, maps in ((share, lungs), (1 - share, heat)):
        if weight > 0:
            together += np.float32(weight) * stretched(maps)
    if smooth > 0:
        together = np.stack([gaussian_filter(one, smooth, mode="nearest") for one in together])
    return stretched(together)


def stretched(maps: NDArray[np.floating]) -> Maps:
    """Each map brought to [0, 1] by its smallest and largest value; one that is the same everywhere becomes 0.

    Args:
        maps: (N, s, s).
    """
    low, high = maps.min(axis=(1, 2), keepdims=True), maps.max(axis=(1, 2), keepdims=True)
    span = np.where(high > low, high - low, 1.0)
    return np.asarray((maps - low) / span, np.float32)
