"""The difference of two results on the same patients: its interval, and the p that agrees with it."""

from typing import NamedTuple

import numpy as np

from hilum.evaluation.bootstrap import Draws
from hilum.evaluation.intervals import FEWEST_PATIENTS, WITHOUT
from hilum.evaluation.intervals.paired import Paired, p_of
from hilum.evaluation.intervals.shares import Estimate
from hilum.evaluation.metrics import of_family
from hilum.evaluation.metrics.sums import Values
from hilum.evaluation.study import Result

MEANS = ("macro", "weighted")


def paired(ours: Estimate, theirs: Estimate, metric: str) -> Paired:
    """The difference of two estimates of one metric, in the way that the simulation chose for it."""
    return Paired(ours, theirs, by_ends=metric in of_family("call"), apart=metric in ("auroc", "brier"))


class Difference(NamedTuple):
    """One result less another, both of the same metric and measured on the same replicates.

    Args:
        ours: the one.
        theirs: the other.
    """

    ours: Result
    theirs: Result

    @property
    def values(self) -> Values:
        """(C,) the difference, its replicates, its jackknife."""
        return self.ours.values - self.theirs.values

    @property
    def patients(self) -> tuple[int, int]:
        """The fewer patients with and without, of both."""
        pairs = zip(self.ours.patients, self.theirs.patients, strict=True)
        fewest = [min(pair) for pair in pairs]
        return fewest[0], fewest[1]

    @property
    def too_few(self) -> bool:
        """As of a result: whether it rests on too few patients to be trusted."""
        return self.ours.finding not in MEANS and min(self.patients) < FEWEST_PATIENTS

    def interval(self, draws: Draws, level: float) -> tuple[float, float, str]:
        """Low and high end, and the method they come from; none where a class is of one patient."""
        if self._silent:
            return float("nan"), float("nan"), "none"
        held = self._paired
        if held is not None:
            return *held.interval(level), "wilson" if held.ours.bounded else "sandwich"
        return *draws.interval(
            self.values, level=level, patients=min(self.patients)
        ), "bca" if draws.method == "bca" else "percentile"

    def p(self, draws: Draws) -> float:
        """Two-sided p of "no difference": below 0.05 exactly where the 95 % interval leaves 0 out."""
        if self._silent:
            return float("nan")
        held = self._paired
        return p_of(held.interval) if held is not None else draws.p(self.values, patients=min(self.patients))

    @property
    def _silent(self) -> bool:
        return bool(np.isnan(self.values[0])) or self.ours.metric in WITHOUT or min(self.patients) < 2

    @property
    def _paired(self) -> Paired | None:
        if self.ours.estimate is None or self.theirs.estimate is None:
            return None
        return paired(self.ours.estimate, self.theirs.estimate, self.ours.metric)
