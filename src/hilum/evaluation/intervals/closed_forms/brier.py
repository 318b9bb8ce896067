"""The interval of a Brier score."""

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.intervals.shares import Estimate, by_patient, share
from hilum.evaluation.metrics.sums import Values
from hilum.registry import register


@register
def brier(present: Values, score: Values, patient: NDArray[np.intp], count: int) -> Estimate:
    """A mean over images of squared distances, each in [0, 1]; arguments as in `auroc`.

    Percentiles of a bootstrap lie too low where few patients of many images are missed wholly
    (docs/explanation/intervals.md).

    >>> found = brier(np.array([0.0, 0, 1, 1]), np.array([0.1, 0.4, 0.3, 0.8]), np.arange(4), 4)
    >>> round(float(found.value), 4)
    0.175
    """
    distance = (np.asarray(score, dtype=np.float64) - np.asarray(present)) ** 2
    return share(by_patient(distance, patient, count), by_patient(np.ones_like(distance), patient, count))
