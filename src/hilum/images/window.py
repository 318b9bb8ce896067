"""A window: which values become black, which white, and how those between them rise."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def window(values: NDArray[Any], center: float, width: float, function: str = "LINEAR") -> NDArray[np.float64]:
    """Values of interest by a window, to [0, 1].

    Args:
        values: (H, W), after the modality LUT.
        center: of the window.
        width: of the window: at least 1 for LINEAR, above 0 for the others.
        function: `LINEAR`, `LINEAR_EXACT` or `SIGMOID`.

    Source: DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3.

    >>> window(np.array([0.0, 2048, 4095]), 2048, 4096).round(3).tolist()
    [0.0, 0.5, 1.0]
    """
    x = np.asarray(values, np.float64)
    if function == "SIGMOID":
        return (1 + np.tanh(2 * (x - center) / width)) / 2  # 1 / (1 + exp(-4 …)) that cannot overflow
    if function == "LINEAR_EXACT":
        return np.clip((x - center) / width + 0.5, 0, 1)
    if width == 1:  # the formula's division by width - 1: a threshold
        return (x > center - 0.5).astype(np.float64)
    return np.clip((x - (center - 0.5)) / (width - 1) + 0.5, 0, 1)
