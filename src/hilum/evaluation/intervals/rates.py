"""Rates: the share of some images that are called, or called rightly."""

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.intervals.shares import Estimate, by_patient, share


def rate(counted: NDArray[np.bool_], among: NDArray[np.bool_], patient: NDArray[np.intp], count: int) -> Estimate:
    """The share of the images `among` that are `counted`.

    Args:
        counted: (M,) images in the numerator.
        among: (M,) images in the denominator.
        patient: (M,) whose image each is, in 0 … count - 1.
        count: of patients.

    >>> found = rate(np.ones(20, bool), np.ones(20, bool), np.arange(20), 20)
    >>> low, high = found.interval()
    >>> round(float(low), 2), float(high)
    (0.82, 1.0)
    """
    total, size = (by_patient(rows.astype(np.float64), patient, count) for rows in (counted & among, among))
    return share(total, size)
