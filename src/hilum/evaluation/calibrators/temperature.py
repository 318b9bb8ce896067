"""Temperature scaling."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.calibrators.lines import FLATTEST, LogitLine, columns_of, fitted
from hilum.registry import register


@register
def temperature(present: ArrayLike, score: ArrayLike) -> LogitLine:
    """Divide the logit by one number: sharper or softer, 0.5 stays 0.5.

    Args:
        present: (N,) 0 or 1, both there.
        score: (N,) probabilities.

    Source: Guo et al. 2017, On calibration of modern neural networks, ICML.

    >>> overconfident = np.repeat([0.01, 0.99], 10)
    >>> calibrate = temperature(np.tile([0, 0, 0, 0, 0, 0, 0, 0, 1, 1], 2) == np.repeat([1, 0], 10), overconfident)
    >>> calibrate(overconfident[[0, -1]]).round(2).tolist()
    [0.2, 0.8]
    """
    (slope,) = fitted(present, columns_of(score) @ np.array([[1.0], [1.0], [0.0]]), start=[1.0], lowest=[FLATTEST])
    return LogitLine(slope, slope, 0.0)
