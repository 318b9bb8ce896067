"""The mean AUROC over findings without resampling: DeLong's covariance between findings and models.

Findings share images, so their AUROCs move together; a mean's variance needs all of their covariances. Each finding is
judged on its own images (others may be uncertain there), and a patient without images of a class pulls on nothing.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

from hilum.evaluation.delong import Area, AreaDifference
from hilum.evaluation.intervals import FEWEST_PATIENTS
from hilum.evaluation.intervals.placements import placements
from hilum.evaluation.metrics.sums import Values
from hilum.schema import DataError

ROUNDING = 1e-12


def macro_areas(present: Values, scores: Sequence[Values], *, patient: ArrayLike) -> tuple[Values, Values, int]:
    """(L,) mean AUROCs of L models over the findings, their (L, L) covariance, and the fewest patients of a class.

    Args:
        present: (N, K) 1, 0, or nan where a finding cannot be judged; each finding of both classes.
        scores: (N, K) of each model.
        patient: (N,) whose image it is.

    Source: DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44:837-845; Obuchowski 1997, Biometrics 53:567-578.
    """
    labels, given = np.asarray(present, dtype=np.float64), [np.asarray(one, dtype=np.float64) for one in scores]
    if labels.ndim != 2 or any(one.shape != labels.shape for one in given):
        raise DataError(f"Labels of shape {labels.shape}. Expected images x findings, and scores of the same shape.")
    whose = np.asarray(pd.factorize(np.asarray(patient))[0], dtype=np.intp)
    count, findings = int(whose.max()) + 1, labels.shape[1]
    value, pull, fewest = np.zeros(len(given)), np.zeros((len(given), count)), count
    for k in range(findings):
        rows = np.flatnonzero(~np.isnan(labels[:, k]))
        sides = [rows[labels[rows, k] == label] for label in (1, 0)]
        fewest = min(fewest, *(len(np.unique(whose[side])) for side in sides))
        if min(map(len, sides)) == 0:
            raise DataError(f"The finding in column {k} has images of one class only. Expected both: leave it out.")
        for place, one in enumerate(given):
            placed = np.zeros(len(labels))
            placed[rows] = placements(labels[rows, k], one[rows, k])
            area = placed[sides[0]].mean()
            value[place] += area / findings
            for side in sides:
                involved = len(np.unique(whose[side]))
                part = np.bincount(whose[side], placed[side] - area, count) / len(side)
                pull[place] += part * np.sqrt(involved / max(involved - 1, 1)) / findings
    return value, pull @ pull.T, fewest


def macro_delong(present: Values, score: Values, *, patient: ArrayLike, level: float = 0.95) -> Area:
    """The mean AUROC over findings with its Wald interval. Arguments as in `macro_areas`.

    >>> present = np.array([[0, 1], [0, 0], [1, 0], [1, 1]])
    >>> area = macro_delong(present, np.array([[0.1, 0.9], [0.6, 0.2], [0.5, 0.3], [0.8, 0.7]]), patient=range(4))
    >>> round(area.value, 4), area.too_few
    (0.875, True)
    """
    value, covariance, fewest = macro_areas(present, [score], patient=patient)
    error = float(np.sqrt(covariance[0, 0])) if fewest > 1 else float("nan")
    reach = float(norm.ppf((1 + level) / 2)) * error
    low, high = np.clip([value[0] - reach, value[0] + reach], 0, 1)
    return Area(float(value[0]), error, float(low), float(high), fewest < FEWEST_PATIENTS)


def macro_delong_test(
    present: Values, first: Values, second: Values, *, patient: ArrayLike, level: float = 0.95
) -> AreaDifference:
    """Do two models differ in mean AUROC? Arguments as in `macro_areas`.

    Returns:
        `z` is 0 and `p` 1 where the two rank all images alike; nan where a class is of fewer than two patients.
    """
    value, covariance, fewest = macro_areas(present, [first, second], patient=patient)
    difference = float(value[0] - value[1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    error = float(np.sqrt(max(variance, 0.0))) if fewest > 1 else float("nan")
    z = difference / error if not error < ROUNDING else difference * 0.0
    reach = float(norm.ppf((1 + level) / 2)) * error
    p = float(2 * norm.sf(abs(z)))
    return AreaDifference(
        difference, error, difference - reach, difference + reach, z, p, too_few=fewest < FEWEST_PATIENTS
    )
