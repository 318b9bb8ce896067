"""AUROC without resampling: its variance in closed form, for one model and between two on the same images.

DeLong's variance takes images for independent. Given the patients, the sums run over patients instead (Obuchowski),
which is DeLong's own where each patient has one image.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from hilum.evaluation.intervals import FEWEST_PATIENTS
from hilum.evaluation.intervals.closed_forms.auroc import auroc
from hilum.evaluation.intervals.paired import Paired, p_of
from hilum.evaluation.intervals.placements import placements
from hilum.evaluation.metrics.inputs import checked
from hilum.schema import DataError

Values = NDArray[np.float64]
ROUNDING = 1e-12


@dataclass(frozen=True)
class Area:
    """An AUROC with its standard error and Wald interval, kept inside [0, 1].

    `too_few` says that fewer patients than `FEWEST_PATIENTS` are of a class, so that the interval is not to be trusted.
    """

    value: float
    standard_error: float
    low: float
    high: float
    too_few: bool


@dataclass(frozen=True)
class AreaDifference:
    """First AUROC less the second, on the same images: interval, z statistic, two-sided p; `too_few` as in `Area`."""

    value: float
    standard_error: float
    low: float
    high: float
    z: float
    p: float
    too_few: bool


def delong(present: ArrayLike, score: ArrayLike, *, patient: ArrayLike | None, level: float = 0.95) -> Area:
    """AUROC with an interval from its variance.

    Args:
        present: (N,) 0 or 1.
        score: (N,) any real number.
        patient: (N,) whose image it is; None says that every image is another patient's, and must be said.
        level: of the interval.

    Returns:
        nan throughout where a class is of fewer than two patients.

    Source: DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44:837-845; Obuchowski 1997, Biometrics 53:567-578.

    >>> area = delong([0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.6, 0.4, 0.8, 0.9], patient=None)
    >>> round(area.value, 4), round(area.standard_error, 4), area.too_few
    (0.8889, 0.1571, True)
    """
    area, covariance = areas(present, np.asarray(score, dtype=np.float64)[None], patient=patient)
    error = float(np.sqrt(covariance[0, 0]))
    reach = float(norm.ppf((1 + level) / 2)) * error
    low, high = np.clip([area[0] - reach, area[0] + reach], 0, 1)
    return Area(float(area[0]), error, float(low), float(high), _fewest(present, patient) < FEWEST_PATIENTS)


def delong_test(
    present: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    *,
    patient: ArrayLike | None,
    level: float = 0.95,
) -> AreaDifference:
    """Do two models, read on the same images, differ in AUROC? Arguments as in `delong`.

    Where no patient pulls on the difference (an AUROC of 1 beside one of 0), DeLong's variance is zero and says
    nothing: interval, z and p are then those of `hilum.evaluation.intervals`, which never see no spread.

    Returns:
        `z` is 0 and `p` 1 where the two rank all images alike; nan where a class is of fewer than two patients.
    """
    scores = np.stack([np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)])
    area, covariance = areas(present, scores, patient=patient)
    difference = float(area[0] - area[1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    error, few = float(np.sqrt(max(variance, 0.0))), _fewest(present, patient) < FEWEST_PATIENTS
    if error < ROUNDING and abs(difference) > ROUNDING:
        return _without_spread(present, scores, patient, level, few)
    z = difference / error if error > ROUNDING else difference * 0.0
    reach = float(norm.ppf((1 + level) / 2)) * error
    p = float(2 * norm.sf(abs(z)))
    return AreaDifference(difference, error, difference - reach, difference + reach, z, p, few)


def _without_spread(
    present: ArrayLike, scores: Values, patient: ArrayLike | None, level: float, few: bool
) -> AreaDifference:
    whose = _whose(present, patient)
    estimates = [auroc(np.asarray(present, dtype=np.float64), score, whose, int(whose.max()) + 1) for score in scores]
    paired = Paired(estimates[0], estimates[1])
    p, (low, high) = p_of(paired.interval), paired.interval(level)
    z = float(np.sign(paired.value) * norm.isf(p / 2))
    return AreaDifference(paired.value, 0.0, low, high, z, p, few)


def areas(present: ArrayLike, scores: Values, *, patient: ArrayLike | None) -> tuple[Values, Values]:
    """(L,) AUROCs of L models on the same images and the (L, L) covariance between them.

    Args:
        present: (N,) 0 or 1.
        scores: (L, N).
        patient: (N,) whose image it is; None says that every image is another patient's, and must be said.
    """
    if scores.shape[1] != len(np.asarray(present)):
        raise DataError(
            f"Scores of shape {scores.shape} for {len(np.asarray(present))} labels. Expected models x images."
        )
    for score in scores:
        labels, _ = checked(present, score)
    positive = labels == 1
    if _fewest(labels, patient) < 2:
        return np.full(len(scores), np.nan), np.full((len(scores), len(scores)), np.nan)
    m, n = int(positive.sum()), int((~positive).sum())
    placed = np.stack([placements(labels, score) for score in scores])
    area = placed[:, positive].mean(axis=1)
    whose = _whose(labels, patient)
    count = int(whose.max()) + 1
    sums = [_by_patient(placed - area[:, None], whose, count, rows) for rows in (positive, ~positive)]
    involved = [len(np.unique(whose[rows])) for rows in (positive, ~positive)]
    own = [_spread(part, part, k) for part, k in zip(sums, involved, strict=True)]
    cross = _spread(sums[0], sums[1], count)
    return area, own[0] / m**2 + own[1] / n**2 + (cross + cross.T) / (m * n)


def _whose(present: ArrayLike, patient: ArrayLike | None) -> NDArray[np.intp]:
    """(N,) which patient's each image is."""
    if patient is None:
        return np.arange(len(np.asarray(present)))
    return np.asarray(pd.factorize(np.asarray(patient))[0], dtype=np.intp)


def _fewest(present: ArrayLike, patient: ArrayLike | None) -> int:
    """Patients of the class that has fewer."""
    whose, labels = _whose(present, patient), np.asarray(present)
    return min(len(np.unique(whose[labels == label])) for label in (0, 1))


def _by_patient(values: Values, whose: NDArray[np.intp], count: int, rows: NDArray[np.bool_]) -> Values:
    """(L, patients) sums over each patient's images among `rows`."""
    return np.stack([np.bincount(whose[rows], value[rows], count) for value in values])


def _spread(first: Values, second: Values, count: int) -> Values:
    """(L, L) sums of products over patients, with the correction for having estimated the mean."""
    return np.asarray(first @ second.T * (count / max(count - 1, 1)))
