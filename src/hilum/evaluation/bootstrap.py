"""Intervals from a bootstrap over patients.

Images of one patient resemble each other, so patients are drawn, not images. A replicate is a column of weights, how
often each patient was drawn; every metric, finding, subgroup and model is measured on the same columns, so that
differences between them are paired.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeGuard

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit
from scipy.stats import norm

from hilum.evaluation.intervals import METHODS
from hilum.evaluation.matching import Match, Metric
from hilum.evaluation.metrics.sums import Values, Weights
from hilum.schema import ConfigError
from hilum.schema.errors import listed

CELLS = 32_000_000  # weights held as floats at a time, by all threads together: 256 MB
JACKKNIFE_GROUPS = 400
SLACK = 1e-9  # a percent of the replicates that is a whole number must not be one less by rounding
SUREST = 1 - 1e-9  # the level of an interval over all replicates


@dataclass(frozen=True)
class Draws:
    """How often each patient counts, one column a question.

    Args:
        weights: (P, C) for P patients; column 0 is all ones (the value itself), then the replicates, then, for BCa,
            the columns that each leave one group of patients out.
        patient: (N,) which of the P patients each image is of.
        replicates: how many of the columns are bootstrap replicates.
        seed: of the draw.
        method: of the intervals; `percentile` where replicates serve one, unless it is `bca`.
    """

    weights: NDArray[np.uint8]
    patient: NDArray[np.intp]
    replicates: int
    seed: int
    method: str = "percentile"
    _blocks: dict[tuple[int, int], Values] = field(default_factory=dict, repr=False, compare=False)

    @property
    def patients(self) -> int:
        """How many patients were drawn from."""
        return len(self.weights)

    @cached_property
    def value_alone(self) -> "Draws":
        """The same without replicates: for what has its interval in closed form."""
        return Draws(np.ones((self.patients, 1), np.uint8), self.patient, 0, self.seed, self.method)

    def block(self, start: int, width: int) -> Values:
        """(P, width) weights as floats, from one column on; kept for the next question where all of them are few."""
        found = self._blocks.get((start, width))
        if found is None:
            found = self.weights[:, start : start + width].astype(np.float64, order="C")
            if self.weights.size <= CELLS:
                self._blocks[start, width] = found
        return found

    def interval(self, values: Values, *, level: float = 0.95, patients: int | None = None) -> tuple[float, float]:
        """Low and high end for one metric's (C,) values: BCa where the draw holds a jackknife, else percentile.

        Given the patients of the rarer class, a percentile interval that nobody asked for by name is `widened`.

        Both are replicates, those at or just outside the percent asked for, as `p` counts them. Replicates in which the
        metric is not defined (no image with the finding was drawn) are left out.
        """
        value, drawn, correction = self._parts(values)
        if np.isnan(value) or not len(drawn):
            return float("nan"), float("nan")
        level = widened(level, patients) if self._widens(patients) else level
        percents = correction.applied(np.array([(1 - level) / 2, (1 + level) / 2]))
        low, high = percents[0] * (len(drawn) + 1) + SLACK, (1 - percents[1]) * (len(drawn) + 1) + SLACK
        places = np.clip([int(low) - 1, len(drawn) - int(high)], 0, len(drawn) - 1)
        ends = np.partition(drawn, places)[places]
        return float(ends[0]), float(ends[1])

    def p(self, difference: Values, *, patients: int | None = None) -> float:
        """Two-sided p of a difference from its paired replicates: it is below 0.05 where the 95 % interval lacks 0.

        Args:
            difference: (C,) of the metric on the same replicates.
            patients: as in `interval`.

        Returns:
            In [2 / (R + 1), 1] for R replicates and a percentile interval: so many cannot say less; nan without any.

        Source: Davison & Hinkley 1997, Bootstrap Methods and their Application, 4.4.
        """
        value, drawn, correction = self._parts(difference)
        if np.isnan(value) or not len(drawn):
            return float("nan")
        below, above = ((sign * drawn <= 0).sum() + 1 for sign in (1, -1))
        shares = np.minimum(np.array([below, above]) / (len(drawn) + 1), 1.0)
        asked = correction.asked(np.clip([shares[0], 1 - shares[1]], SLACK, 1 - SLACK))
        p = float(min(1.0, 2 * np.nanmin([asked[0], 1 - asked[1], 0.5])))
        return of_few(p, patients) if self._widens(patients) else p

    def _widens(self, patients: int | None) -> TypeGuard[int]:
        return self.method == "wilson" and patients is not None and patients > 1

    def _parts(self, values: Values) -> "tuple[float, Values, Correction]":
        """The value, its replicates, and how their percents are corrected."""
        drawn, left_out = values[1 : 1 + self.replicates], values[1 + self.replicates :]
        drawn = drawn[~np.isnan(drawn)]
        return float(values[0]), drawn, Correction.of(values[0], drawn, left_out[~np.isnan(left_out)])


@dataclass(frozen=True)
class Correction:
    """Which percent of the replicates is read for which percent: BCa's shift; none for percentile intervals.

    Args:
        bias: how far the value lies from the middle of its replicates, in standard deviations.
        acceleration: how fast its standard deviation changes with it.

    Source: Efron 1987, Better bootstrap confidence intervals, JASA 82:171-185.
    """

    bias: float = 0.0
    acceleration: float = 0.0

    @classmethod
    def of(cls, value: float, drawn: Values, left_out: Values) -> "Correction":
        """From the replicates and the jackknife; none where it holds nothing or none is defined."""
        if not len(left_out) or not len(drawn):
            return cls()
        below = ((drawn < value).mean() + (drawn <= value).mean()) / 2
        if not 0 < below < 1:
            return cls()  # the value lies at the edge of its replicates
        pull = left_out.mean() - left_out
        spread = (pull**2).sum() ** 1.5
        return cls(float(norm.ppf(below)), float((pull**3).sum() / (6 * spread)) if spread > 0 else 0.0)

    def applied(self, percents: Values) -> Values:
        """Which percents of the replicates to read for these."""
        shifted = self.bias + norm.ppf(percents)
        return np.asarray(norm.cdf(self.bias + shifted / (1 - self.acceleration * shifted)))

    def asked(self, percents: Values) -> Values:
        """For which percents these are read: the other way round."""
        moved = norm.ppf(percents) - self.bias
        return np.asarray(norm.cdf(moved / (1 + self.acceleration * moved) - self.bias))


def widened(level: float, patients: int) -> float:
    """The level whose percentiles make an interval as wide as Student's t would: few patients differ too little.

    Args:
        level: of the interval.
        patients: of the class that has fewer; two or more.

    Source: Hesterberg 2015, American Statistician 69:371-386 (expanded percentile interval).

    >>> round(widened(0.95, 15), 3), round(widened(0.95, 1000), 3), widened(0.95, 2) < 1
    (0.974, 0.95, True)
    """
    reach = np.sqrt(patients / (patients - 1)) * stdtrit(patients - 1, (1 + level) / 2)
    return float(min(2 * norm.cdf(reach) - 1, SUREST))


def of_few(p: float, patients: int) -> float:
    """The p for which the widened interval touches 0, from that of the interval that is not widened.

    >>> round(of_few(1 - widened(0.95, 15), 15), 3)
    0.05
    """
    reach = norm.isf(p / 2) / np.sqrt(patients / (patients - 1))
    return float(2 * stdtr(patients - 1, -reach))


def draw(patient_id: ArrayLike, *, replicates: int = 1000, seed: int = 0, method: str = "wilson") -> Draws:
    """Draw as many patients as there are, with replacement, `replicates` times.

    Args:
        patient_id: (N,) whose image each row is.
        replicates: how many times.
        seed: the same seed, patients and number give the same replicates.
        method: of the intervals: `wilson` (closed forms, and percentiles where a metric has none), `percentile`, or
            `bca`, for which the jackknife that its correction needs is added.
    """
    if method not in METHODS:
        raise ConfigError(f"There is no interval '{method}'. Expected {listed(METHODS)}.")
    if replicates < 1:
        raise ConfigError(f"{replicates} bootstrap replicates were asked for. Expected at least 1.")
    patient, names = pd.factorize(np.asarray(patient_id), sort=True)
    count = len(names)
    generator = np.random.default_rng(seed)
    groups = min(count, JACKKNIFE_GROUPS) if method == "bca" else 0
    weights = np.ones((count, 1 + replicates + groups), np.uint8, order="F")  # a replicate lies in one piece
    for column in range(1, 1 + replicates):
        weights[:, column] = np.bincount(generator.integers(0, count, count), minlength=count)
    if groups:
        weights[:, 1 + replicates :] = _one_group_left_out(generator, count, groups)
    return Draws(weights, patient, replicates, seed, method)


def measure(
    metrics: Mapping[str, Metric], match: Match, draws: Draws, *, workers: int | None = None
) -> dict[str, Values]:
    """Every metric under every column of the draw.

    Args:
        metrics: functions of (match, weights) that answer weights of R columns with (R,) values.
        match: predictions beside the truth; its rows are images of the draw.
        draws: the replicates.
        workers: threads; all cores if left out.

    Returns:
        (C,) values a metric: the value, the replicates, the jackknife.
    """
    patient = draws.patient[match.rows]
    columns, threads = draws.weights.shape[1], workers or os.cpu_count() or 1
    width = max(1, min(-(-columns // threads), CELLS // (draws.patients * threads)))

    def block(start: int) -> list[Values]:
        weight = Weights(draws.block(start, width), patient)
        return [np.asarray(metric(match, weight)) for metric in metrics.values()]

    with ThreadPoolExecutor(threads) as pool:
        blocks = list(pool.map(block, range(0, columns, width)))
    return {name: np.concatenate([held[place] for held in blocks]) for place, name in enumerate(metrics)}


def _one_group_left_out(generator: np.random.Generator, count: int, groups: int) -> NDArray[np.uint8]:
    """(P, G) ones, but for one random group of patients in each column; groups of one while patients are few.

    Leaving out single patients of thousands would cost six bootstraps; a few hundred groups estimate the same
    skewness (Shao & Tu 1995, The Jackknife and Bootstrap, 2.3).
    """
    group = generator.permutation(count) % groups
    return np.asarray(group[:, None] != np.arange(groups), dtype=np.uint8)
