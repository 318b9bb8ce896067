"""The interval of an AUROC."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.intervals.placements import placements
from hilum.evaluation.intervals.shares import Estimate, both_classes, by_patient, share
from hilum.evaluation.metrics.sums import Values
from hilum.registry import register


@register
def auroc(present: Values, score: Values, patient: NDArray[np.intp], count: int) -> Estimate:
    """Both classes' share of pairs won, patient by patient.

    Args:
        present: (M,) 0 or 1, both there.
        score: (M,) any real number.
        patient: (M,) whose image each is, in 0 … count - 1.
        count: of patients.

    Source: Obuchowski 1997, Biometrics 53:567-578, with a made-up patient: `hilum.evaluation.intervals.shares`.

    >>> perfect = auroc(np.repeat([0.0, 1], 10), np.arange(20.0), np.arange(20), 20)
    >>> low, high = perfect.interval()
    >>> float(perfect.value), round(float(low), 2), float(high)
    (1.0, 0.69, 1.0)
    """
    placed, positive = placements(present, score), np.asarray(present) == 1
    sums = [
        (by_patient(placed * rows, patient, count), by_patient(rows.astype(np.float64), patient, count))
        for rows in (positive, ~positive)
    ]
    whole = both_classes(*(share(*each) for each in sums))
    up, down = (share(*each, made_up=False).pull for each in sums)
    return replace(whole, seen=up + down, lost=np.asarray(_lost(up, sums[0][1])))


def _lost(pull: Values, images: Values) -> float:
    """Squared pull of one more positive patient, lost as far as those are who pull most.

    As each patient counts by its own squared pull, a few who are lost stand out among many who are not.

    Args:
        pull: (P,) of the positive images of each patient.
        images: (P,) how many these are.
    """
    spread = float((pull**2).sum())
    patients = images.sum() ** 2 / (images**2).sum()  # effective number of them
    return float((pull**6).sum() / spread * patients**2) if spread > 0 else 0.0
