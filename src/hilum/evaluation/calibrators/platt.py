"""Platt's scaling."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.calibrators.lines import FLATTEST, LogitLine, columns_of, fitted, smoothed
from hilum.registry import register


@register
def platt(present: ArrayLike, score: ArrayLike) -> LogitLine:
    """A logistic regression on the logit: slope and offset.

    Arguments as in `temperature`.

    The slope stays above 0, however few images there are: calibration never turns or levels the order of images.

    Source: Platt 1999, Probabilistic outputs for support vector machines (with its smoothed targets).

    >>> platt([0, 0, 0, 1], [0.2, 0.2, 0.2, 0.2])([0.2]).round(2).tolist()
    [0.32]
    """
    columns = columns_of(score) @ np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    slope, offset = fitted(smoothed(present), columns, start=[1.0, 0.0], lowest=[FLATTEST, -np.inf])
    return LogitLine(slope, slope, offset)
