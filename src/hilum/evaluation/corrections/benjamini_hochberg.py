"""Benjamini and Hochberg's correction."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import false_discovery_control

from hilum.registry import register


@register
def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Keeps the share of false alarms among those called different below the level.

    Args:
        p: (K,) p values; nan where nothing was tested.

    Returns:
        (K,) corrected p values.

    Source: Benjamini & Hochberg 1995, J R Statist Soc B 57:289-300.

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    given = np.asarray(p, dtype=np.float64)
    tested = ~np.isnan(given)
    corrected = np.full(len(given), np.nan)
    if tested.any():
        corrected[tested] = false_discovery_control(given[tested], method="bh")
    return corrected
