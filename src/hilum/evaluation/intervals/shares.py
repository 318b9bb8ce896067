"""Means over images whose patients have several: what a patient pulls, and the interval that follows from it.

The value is a mean over the images of one class: of calls (a rate), or of placements (AUROC). Beside the patients
stands one made-up patient of average size, half of it wholly wrong and half wholly right, as in Jeffreys' prior. It
leaves the value as it is and serves only the variance, which so is never zero: a value of exactly 1 has an interval
with width. The variance is the jackknife's over patients. It makes an effective sample size, and Wilson's interval of
so many images follows, with a t quantile whose degrees of freedom come from the effective number of patients.

Chosen by simulation: docs/explanation/intervals.md, benchmarks/coverage.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from hilum.evaluation.metrics.sums import Values


# `...` stands for whatever is estimated side by side (nothing, findings, simulated cohorts), P patients
@dataclass(frozen=True)
class Estimate:
    """A value and what its interval rests on.

    Args:
        value: (...) as observed, in [0, 1].
        padded: (...) with the made-up patient, in (0, 1).
        variance: (...) of the value.
        degrees: (...) of freedom.
        pull: (..., P) of each patient on the value.
        added: (...) the made-up patient's squared pull.
        bounded: it is a share, in [0, 1]; else any number, as a slope, whose interval is Student's.
    """

    value: Values
    padded: Values
    variance: Values
    degrees: Values
    pull: Values
    added: Values
    bounded: bool = True

    def interval(self, level: float = 0.95) -> tuple[Values, Values]:
        """(...) low and high end: Wilson's interval with the effective sample size and a t quantile.

        Source: Wilson 1927, JASA 22:209-212; Dean & Pagano 2015, J Survey Statistics and Methodology 3:484-503.
        """
        square = stdtrit(np.maximum(self.degrees, 1.0), (1 + level) / 2) ** 2
        if not self.bounded:
            return self.value - np.sqrt(square * self.variance), self.value + np.sqrt(square * self.variance)
        with np.errstate(invalid="ignore", divide="ignore"):
            size = self.padded * (1 - self.padded) / self.variance
            middle = (self.value + square / (2 * size)) / (1 + square / size)
            spread = square * (self.value * (1 - self.value) / size + square / (4 * size**2))
            reach = np.sqrt(spread) / (1 + square / size)
        low, high = np.clip(middle - reach, 0, 1), np.clip(middle + reach, 0, 1)
        return np.minimum(low, self.value), np.maximum(high, self.value)


def by_patient(values: Values, patient: NDArray[np.intp], count: int) -> Values:
    """(P,) sums over each patient's images."""
    return np.bincount(patient, values, count).astype(np.float64)


def share(total: Values, size: Values) -> Estimate:
    """A mean over images from each patient's sum and number of images.

    Args:
        total: (..., P) sum over a patient's images of what is averaged, each in [0, 1].
        size: (..., P) how many these are; 0 for a patient without any.

    Returns:
        nan throughout where there are no images.

    Source: Efron & Stein 1981, Annals of Statistics 9:586-596 (jackknife); Kish 1965, Survey Sampling (effective
    number of patients); Brown, Cai & DasGupta 2001, Statistical Science 16:101-133 (Jeffreys' halves).
    """
    images, involved = size.sum(axis=-1), (size > 0).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        made_up = images / involved
        padded = (total.sum(axis=-1) + made_up / 2) / (images + made_up)
        patients = (images + made_up) ** 2 / ((size**2).sum(axis=-1) + made_up**2)
        kept = (patients - 1) / patients
        pull = (total - size * padded[..., None]) / ((images + made_up)[..., None] - size)
        pull = pull * np.sqrt(kept)[..., None]
        added = kept * ((1 - padded) ** 2 + padded**2) / 2 * (made_up / images) ** 2
        return Estimate(total.sum(axis=-1) / images, padded, (pull**2).sum(axis=-1) + added, patients - 1, pull, added)


def both_classes(up: Estimate, down: Estimate) -> Estimate:
    """AUROC from the positives' and the negatives' share of pairs that they win, which have one mean.

    What a patient's two classes have in common adds to the variance or takes from it, down to a quarter of either part:
    of few patients it is known badly.

    Source: Obuchowski 1997, Biometrics 53:567-578; Satterthwaite 1946, Biometrics Bulletin 2:110-114.
    """
    pull, apart = up.pull + down.pull, up.variance + down.variance
    variance = apart + 2 * (up.pull * down.pull).sum(axis=-1)
    degrees = apart**2 / (up.variance**2 / up.degrees + down.variance**2 / down.degrees)
    variance = np.maximum(variance, np.maximum(up.variance, down.variance) / 4)
    return Estimate(up.value, up.padded + down.padded - up.value, variance, degrees, pull, up.added + down.added)


def mean_of(estimates: Sequence[Estimate], weights: Values | None = None) -> Estimate:
    """The mean over findings: a patient pulls on it by the mean of its pulls; made-up patients are independent.

    Args:
        estimates: one a finding, of the same patients.
        weights: (K,) of the findings, taken as given; equal if left out.
    """
    given = np.ones(len(estimates)) if weights is None else np.asarray(weights, dtype=np.float64)
    pairs = list(zip(given / given.sum(), estimates, strict=True))
    pull = np.sum([share * one.pull for share, one in pairs], axis=0)
    added = np.sum([share**2 * one.added for share, one in pairs], axis=0)
    parts = np.stack([share**2 * one.variance for share, one in pairs])
    degrees = parts.sum(axis=0) ** 2 / np.sum(
        [part**2 / one.degrees for part, (_, one) in zip(parts, pairs, strict=True)], axis=0
    )
    value, padded = (
        np.sum([share * getattr(one, name) for share, one in pairs], axis=0) for name in ("value", "padded")
    )
    variance, bounded = np.asarray((pull**2).sum(axis=-1) + added), all(one.bounded for one in estimates)
    return Estimate(value, padded, variance, degrees, pull, added, bounded)
