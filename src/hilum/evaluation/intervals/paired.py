"""The difference of two estimates on the same patients, and the p that agrees with its interval.

What a patient pulls on the one and on the other says how far the two move together. Chosen by simulation:
docs/explanation/intervals.md, benchmarks/coverage.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from hilum.evaluation.intervals.shares import Estimate

SURE = 1e-12  # no p is said to be smaller
STEPS = 60  # halvings: far below what anyone prints
Ends = tuple[float, float]


@dataclass(frozen=True)
class Paired:
    """One estimate less another, both of the same patients.

    Args:
        ours: the one.
        theirs: the other.
        by_ends: take the interval from the ends of both (rates, which few patients leave with no spread of their own);
            else from the variance of the difference.
        apart: of both made-up patients half is not shared, however alike the two are (AUROC and Brier score, whose
            difference may rest on few patients whom one of the two misses wholly); not where the two say the same of
            every patient.
    """

    ours: Estimate
    theirs: Estimate
    by_ends: bool = False
    apart: bool = False

    @property
    def value(self) -> float:
        """The difference."""
        return float(self.ours.value - self.theirs.value)

    def interval(self, level: float = 0.95) -> Ends:
        """Low and high end; of shares, inside [-1, 1].

        Source: Newcombe 1998, Statistics in Medicine 17:2635-2650, method 10, and Zou & Donner 2008, Statistics in
        Medicine 27:1693-1702 (from both ends); else Student's t with the smaller degrees of freedom.
        """
        low, high = self._from_ends(level) if self.by_ends else self._from_variance(level)
        ends = np.clip([low, high], -1, 1) if self.ours.bounded else (low, high)
        return float(ends[0]), float(ends[1])

    def _from_variance(self, level: float) -> Ends:
        both = float(self.ours.variance), float(self.theirs.variance)
        covariance = _alike(self.ours, self.theirs) * np.sqrt(both[0] * both[1])
        quantile = stdtrit(max(1.0, float(min(self.ours.degrees, self.theirs.degrees))), (1 + level) / 2)
        variance = max(0.0, sum(both) - 2 * float(covariance))
        if self.apart and not np.allclose(self.ours.pull, self.theirs.pull, rtol=0, atol=SURE):
            own = float(((self.ours.pull - self.theirs.pull) ** 2).sum())
            variance = max(variance, own + float(self.ours.added + self.theirs.added) / 2)
        reach = float(quantile * np.sqrt(variance))
        return self.value - reach, self.value + reach

    def _from_ends(self, level: float) -> Ends:
        together = float((self.ours.pull * self.theirs.pull).sum())
        spread = float(np.sqrt(self.ours.variance * self.theirs.variance))
        alike = float(np.clip(together / spread, -1, 1)) if spread > 0 else 0.0
        up, down = [], []
        for estimate in (self.ours, self.theirs):
            low, high = (float(end) for end in estimate.interval(level))
            up.append(high - float(estimate.value))
            down.append(float(estimate.value) - low)
        below = np.sqrt(max(0.0, down[0] ** 2 + up[1] ** 2 - 2 * alike * down[0] * up[1]))
        above = np.sqrt(max(0.0, up[0] ** 2 + down[1] ** 2 - 2 * alike * up[0] * down[1]))
        return self.value - float(below), self.value + float(above)


def p_of(interval: Callable[[float], Ends]) -> float:
    """Two-sided p of "no difference": one less the level at which the interval just touches 0.

    So p is below 0.05 exactly where the 95 % interval leaves 0 out.

    Args:
        interval: from a level to low and high end; wider for a higher level.

    >>> round(p_of(lambda level: tuple(1 + sign * stdtrit(20, (1 + level) / 2) for sign in (-1, 1))), 4)
    0.3293
    """
    if np.isnan(interval(0.95)).any():
        return float("nan")
    if _holds_zero(interval(SURE)):
        return 1.0
    if not _holds_zero(interval(1 - SURE)):
        return SURE
    low, high = np.log(SURE), 0.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _holds_zero(interval(1 - float(np.exp(middle)))) else (low, middle)
    return float(np.exp(high))


def _holds_zero(ends: Ends) -> bool:
    return ends[0] <= 0 <= ends[1]


def _alike(ours: Estimate, theirs: Estimate) -> float:
    """In [-1, 1]: how far the patients pull on both alike."""
    size = float(np.sqrt((ours.pull**2).sum() * (theirs.pull**2).sum()))
    return float(np.clip((ours.pull * theirs.pull).sum() / size, -1, 1)) if size > 0 else 0.0
