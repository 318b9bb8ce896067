"""The interval of an AUROC."""

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
    up, down = (
        share(by_patient(placed * rows, patient, count), by_patient(rows.astype(np.float64), patient, count))
        for rows in (positive, ~positive)
    )
    return both_classes(up, down)
