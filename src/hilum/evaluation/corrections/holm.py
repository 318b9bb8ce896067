"""Holm's correction."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilum.registry import register


@register
def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Keeps the chance of even one false alarm among all tests below the level.

    Args:
        p: (K,) p values; nan where nothing was tested.

    Returns:
        (K,) corrected p values.

    Source: Holm 1979, Scandinavian Journal of Statistics 6:65-70.

    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(given))
    order = tested[np.argsort(given[tested])]
    corrected = np.full(len(given), np.nan)
    steps = np.arange(len(order), 0, -1) * given[order]
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1) if len(order) else steps
    return corrected
