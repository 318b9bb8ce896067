"""The intervals of rates: so many images among so many.

All take `present` (M,) 0 or 1; `score` (M,), called where it reaches `threshold`, one number or (M,) one a row, in the
unit of the score; `patient` (M,), whose image each is, in 0 … count - 1; and `count`, of patients.

Source: as in `hilum.evaluation.intervals.shares`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilum.evaluation.intervals.rates import rate
from hilum.evaluation.intervals.shares import Estimate, by_patient, mean_of, share
from hilum.evaluation.metrics.sums import Values
from hilum.registry import register

Flags = NDArray[np.bool_]
Patients = NDArray[np.intp]


@register
def recall(present: Values, score: Values, patient: Patients, count: int, *, threshold: ArrayLike = 0.5) -> Estimate:
    """Calls among the images with the finding: sensitivity."""
    positive, called = _flags(present, score, threshold)
    return rate(positive & called, positive, patient, count)


@register
def specificity(
    present: Values, score: Values, patient: Patients, count: int, *, threshold: ArrayLike = 0.5
) -> Estimate:
    """Images that are not called among those without the finding."""
    positive, called = _flags(present, score, threshold)
    return rate(~positive & ~called, ~positive, patient, count)


@register
def precision(present: Values, score: Values, patient: Patients, count: int, *, threshold: ArrayLike = 0.5) -> Estimate:
    """Images with the finding among the called ones: positive predictive value."""
    positive, called = _flags(present, score, threshold)
    return rate(positive & called, called, patient, count)


@register
def negative_predictive_value(
    present: Values, score: Values, patient: Patients, count: int, *, threshold: ArrayLike = 0.5
) -> Estimate:
    """Images without the finding among those that are not called."""
    positive, called = _flags(present, score, threshold)
    return rate(~positive & ~called, ~called, patient, count)


@register
def accuracy(present: Values, score: Values, patient: Patients, count: int, *, threshold: ArrayLike = 0.5) -> Estimate:
    """Right calls among all images."""
    positive, called = _flags(present, score, threshold)
    return rate(positive == called, np.ones_like(positive), patient, count)


@register
def f1(present: Values, score: Values, patient: Patients, count: int, *, threshold: ArrayLike = 0.5) -> Estimate:
    """Right calls among the images with the finding or called, a right call counted twice."""
    positive, called = _flags(present, score, threshold)
    right, involved = (np.asarray(part, dtype=np.float64) for part in (2 * (positive & called), 1 * positive + called))
    return share(by_patient(right, patient, count), by_patient(involved, patient, count))


@register
def balanced_accuracy(
    present: Values, score: Values, patient: Patients, count: int, *, threshold: ArrayLike = 0.5
) -> Estimate:
    """The mean of sensitivity and specificity."""
    given = present, score, patient, count
    return mean_of([recall(*given, threshold=threshold), specificity(*given, threshold=threshold)])


def _flags(present: Values, score: Values, threshold: ArrayLike) -> tuple[Flags, Flags]:
    """Which images have the finding, and which are called."""
    return np.asarray(present) == 1, np.asarray(score) >= np.asarray(threshold)
