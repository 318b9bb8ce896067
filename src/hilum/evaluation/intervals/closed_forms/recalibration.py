"""Intervals of the calibration line: Student's t with the variance that patients, not images, make (sandwich).

Arguments as in `hilum.evaluation.intervals.closed_forms.fractions`, of which these take no threshold.

Source: Liang & Zeger 1986, Biometrika 73:13-22 (patients as clusters).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hilum.evaluation.intervals.shares import Estimate, by_patient
from hilum.evaluation.metrics.recalibration import line, log_odds
from hilum.evaluation.metrics.sums import Values, Weights
from hilum.registry import register

Patients = NDArray[np.intp]


@register
def calibration_slope(present: Values, score: Values, patient: Patients, count: int) -> Estimate:
    """The slope of the labels on the log-odds."""
    return _estimate(present, score, patient, count, slope=True)


@register
def calibration_intercept(present: Values, score: Values, patient: Patients, count: int) -> Estimate:
    """The intercept with slope 1."""
    return _estimate(present, score, patient, count, slope=False)


def _estimate(present: Values, score: Values, patient: Patients, count: int, *, slope: bool) -> Estimate:
    theta = line(present, score, Weights.of(None, len(present)), slope=slope)[:, 0]
    logit = log_odds(score)
    chance = expit(theta[0] + theta[1] * logit)
    columns = np.stack([np.ones_like(logit), logit])[: 2 if slope else 1]
    bread = (columns * (chance * (1 - chance))) @ columns.T
    scores = np.stack([by_patient(column * (present - chance), patient, count) for column in columns])
    patients = len(np.unique(patient))
    value = theta[1 if slope else 0]
    if np.isnan(value) or patients < 2:
        pull = np.full(count, np.nan)
    else:
        pull = np.linalg.solve(bread, scores)[-1] * np.sqrt(patients / (patients - 1))
    nothing = np.asarray(0.0)
    variance, degrees = np.asarray((pull**2).sum()), np.asarray(float(patients - 1))
    return Estimate(np.asarray(value), np.asarray(value), variance, degrees, pull, nothing, bounded=False)
