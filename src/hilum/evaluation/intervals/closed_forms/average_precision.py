"""The interval of an average precision."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.intervals.shares import Estimate, by_patient, share
from hilum.evaluation.metrics.sums import Values
from hilum.registry import register


@register
def average_precision(present: Values, score: Values, patient: NDArray[np.intp], count: int) -> Estimate:
    """The positives' mean precision; a patient pulls by its own positives and by what it does to all precisions.

    The effective sample size is at most the effective number of positive patients: a positive counts itself among
    those found, so the derivative sees too little of the spread. Arguments as in `auroc`.

    Source: Jaeckel 1972, Bell Laboratories MM 72-1215-11 (infinitesimal jackknife); Boyd, Eng & Page 2013, ECML PKDD,
    LNCS 8190:451-466 (the number of positives as sample size).

    >>> found = average_precision(np.repeat([0.0, 1], 10), np.arange(20.0), np.arange(20), 20)
    >>> low, high = found.interval()
    >>> float(found.value), round(float(low), 2), float(high)
    (1.0, 0.67, 1.0)
    """
    positive = np.asarray(present) == 1
    precision, lift, drop = precisions(positive, np.asarray(score, dtype=np.float64))
    size = by_patient(positive.astype(np.float64), patient, count)
    own = share(by_patient(precision * positive, patient, count), size)
    images, others = size.sum(), by_patient((~positive).astype(np.float64), patient, count)
    made_up = images / (size > 0).sum()
    patients = own.degrees + 1
    up = own.pull + by_patient(lift * positive, patient, count) / (images + made_up - size) * np.sqrt(
        (patients - 1) / patients
    )
    rest = others.sum() ** 2 / (others**2).sum()  # effective number of negative patients
    down = by_patient(drop * ~positive, patient, count) / images * np.sqrt((rest - 1) / rest)
    parts = np.array([(up**2).sum() + own.added, (down**2).sum()])
    with np.errstate(invalid="ignore", divide="ignore"):
        degrees = parts.sum() ** 2 / (parts**2 / np.array([patients - 1, rest - 1])).sum()
    least = own.padded * (1 - own.padded) * (size**2).sum() / images**2
    variance = max(parts.sum() + 2 * (up * down).sum(), parts.max(), float(least))
    return replace(own, variance=np.asarray(variance), degrees=np.asarray(degrees), pull=up + down)


def precisions(positive: NDArray[np.bool_], score: Values) -> tuple[Values, Values, Values]:
    """(M,) precision at each image's score, and how the sum of all precisions moves by counting an image more.

    The two derivatives hold for a positive and for a negative at that score: one more positive at or above s lifts the
    precision at s by fp / (tp + fp)^2, one more negative lowers it by tp / (tp + fp)^2.
    """
    rungs, place = np.unique(-score, return_inverse=True)  # the surest first
    on_rung = np.bincount(place, positive, len(rungs))
    found, called = np.cumsum(on_rung), np.cumsum(np.bincount(place, minlength=len(rungs)))
    lifted, dropped = on_rung * (called - found) / called**2, -on_rung * found / called**2
    below = [np.cumsum(each[::-1])[::-1] for each in (lifted, dropped)]  # over the rungs at and under one's own
    return (found / called)[place], below[0][place], below[1][place]
