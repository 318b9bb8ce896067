"""Beta calibration."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.calibrators.lines import FLATTEST, LogitLine, columns_of, fitted
from hilum.registry import register


@register
def beta(present: ArrayLike, score: ArrayLike) -> LogitLine:
    """Slopes of their own for low and for high probabilities, and an offset.

    Arguments as in `temperature`.

    Source: Kull, Silva Filho & Flach 2017, Beta calibration, AISTATS.

    >>> line = beta([0, 0, 0, 1], [0.2, 0.2, 0.2, 0.2])
    >>> line([0.2]).round(2).tolist()
    [0.25]
    """
    return LogitLine(*fitted(present, columns_of(score), start=[1.0, 1.0, 0.0], lowest=[FLATTEST, FLATTEST, -np.inf]))
