"""The interval of accuracy."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilum.evaluation.intervals.rates import rate
from hilum.evaluation.intervals.shares import Estimate
from hilum.evaluation.metrics.sums import Values
from hilum.registry import register


@register
def accuracy(
    present: Values, score: Values, patient: NDArray[np.intp], count: int, *, threshold: ArrayLike = 0.5
) -> Estimate:
    """Right calls among all images.

    Args:
        present: (M,) 0 or 1.
        score: (M,) called where `score >= threshold`.
        patient: (M,) whose image each is, in 0 … count - 1.
        count: of patients.
        threshold: in the unit of the score; one number, or (M,) one a row.

    Source: as in `hilum.evaluation.intervals.shares`.
    """
    positive, called = np.asarray(present) == 1, np.asarray(score) >= np.asarray(threshold)
    return rate(positive == called, np.ones(len(called), dtype=bool), patient, count)
