"""AUROC without resampling: its variance in closed form, for one model and between two on the same images.

DeLong's variance takes images for independent. Given the patients, the sums run over patients instead (Obuchowski),
which is DeLong's own where each patient has one image.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm, rankdata

from hilum.schema import DataError

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Area:
    """An AUROC with its standard error and Wald interval, kept inside [0, 1]."""

    value: float
    standard_error: float
    low: float
    high: float


@dataclass(frozen=True)
class AreaDifference:
    """First AUROC less the second, on the same images: interval, z statistic, two-sided p."""

    value: float
    standard_error: float
    low: float
    high: float
    z: float
    p: float


def delong(present: ArrayLike, score: ArrayLike, *, patient: ArrayLike | None = None, level: float = 0.95) -> Area:
    """AUROC with an interval from its variance.

    Args:
        present: (N,) 0 or 1.
        score: (N,) any real number.
        patient: (N,) whose image it is; every image its own patient if left out.
        level: of the interval.

    Returns:
        nan throughout where a class has fewer than two images.

    Source: DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44:837-845; Obuchowski 1997, Biometrics 53:567-578.

    >>> area = delong([0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.6, 0.4, 0.8, 0.9])
    >>> round(area.value, 4), round(area.standard_error, 4)
    (0.8889, 0.1571)
    """
    area, covariance = areas(present, np.asarray(score, dtype=np.float64)[None], patient=patient)
    error = float(np.sqrt(covariance[0, 0]))
    reach = float(norm.ppf((1 + level) / 2)) * error
    low, high = np.clip([area[0] - reach, area[0] + reach], 0, 1)
    return Area(float(area[0]), error, float(low), float(high))


def delong_test(
    present: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    *,
    patient: ArrayLike | None = None,
    level: float = 0.95,
) -> AreaDifference:
    """Do two models, read on the same images, differ in AUROC? Arguments as in `delong`.

    Returns:
        `z` is 0 and `p` 1 where the two rank all images alike.
    """
    scores = np.stack([np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)])
    area, covariance = areas(present, scores, patient=patient)
    difference = float(area[0] - area[1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    error = float(np.sqrt(max(variance, 0.0)))
    z = difference / error if error > 0 else (0.0 if difference == 0 else float("nan"))
    reach = float(norm.ppf((1 + level) / 2)) * error
    return AreaDifference(difference, error, difference - reach, difference + reach, z, float(2 * norm.sf(abs(z))))


def areas(present: ArrayLike, scores: Values, *, patient: ArrayLike | None = None) -> tuple[Values, Values]:
    """(L,) AUROCs of L models on the same images and the (L, L) covariance between them.

    Args:
        present: (N,) 0 or 1.
        scores: (L, N).
        patient: (N,) whose image it is; every image its own patient if left out.
    """
    positive = np.asarray(present) == 1
    if scores.shape[1] != len(positive):
        raise DataError(f"Scores of shape {scores.shape} for {len(positive)} labels. Expected models x images.")
    m, n = int(positive.sum()), int((~positive).sum())
    if min(m, n) < 2:
        return np.full(len(scores), np.nan), np.full((len(scores), len(scores)), np.nan)
    placed = np.stack([_placements(positive, score) for score in scores])
    area = placed[:, positive].mean(axis=1)
    whose = np.arange(len(positive)) if patient is None else pd.factorize(np.asarray(patient))[0]
    count = int(whose.max()) + 1
    sums = [_by_patient(placed - area[:, None], whose, count, rows) for rows in (positive, ~positive)]
    involved = [len(np.unique(whose[rows])) for rows in (positive, ~positive)]
    own = [_spread(part, part, k) for part, k in zip(sums, involved, strict=True)]
    cross = _spread(sums[0], sums[1], count)
    return area, own[0] / m**2 + own[1] / n**2 + (cross + cross.T) / (m * n)


def _placements(positive: NDArray[np.bool_], score: Values) -> Values:
    """(N,) of a positive the share of negatives below it, of a negative the share of positives above; ties half.

    Source: Sun & Xu 2014, IEEE Signal Processing Letters 21:1389-1393 (by ranks, in N log N).
    """
    placed, ranks = np.empty(len(score)), rankdata(score)
    placed[positive] = (ranks[positive] - rankdata(score[positive])) / (~positive).sum()
    placed[~positive] = 1 - (ranks[~positive] - rankdata(score[~positive])) / positive.sum()
    return placed


def _by_patient(values: Values, whose: NDArray[np.intp], count: int, rows: NDArray[np.bool_]) -> Values:
    """(L, patients) sums over each patient's images among `rows`."""
    return np.stack([np.bincount(whose[rows], value[rows], count) for value in values])


def _spread(first: Values, second: Values, count: int) -> Values:
    """(L, L) sums of products over patients, with the correction for having estimated the mean."""
    return np.asarray(first @ second.T * (count / max(count - 1, 1)))
