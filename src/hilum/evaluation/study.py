"""One set of aligned images under one set of replicates: measures any part of the images, finding by finding."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.alignment import Aligned
from hilum.evaluation.bootstrap import Draws, measure
from hilum.evaluation.cuts import Thresholds, at
from hilum.evaluation.intervals import FEWEST_PATIENTS, WITHOUT, closed, in_closed_form
from hilum.evaluation.intervals.shares import Estimate, mean_of
from hilum.evaluation.matching.labels import LabelMatch, Rows, of_finding, on_match, pooled, whole_sets
from hilum.evaluation.metrics import metrics as registry
from hilum.evaluation.metrics import of_family
from hilum.evaluation.metrics.sums import Values, Weight, Weights, ratio
from hilum.evaluation.readers import calls, not_of_calls

Functions = Mapping[str, Callable[..., Any]]
SPEAKS_OF = {"recall": (0,), "specificity": (1,)}  # of patients with the finding alone, or without it
SUPPORT = "images with the finding"  # measured along, as the weights of the weighted mean


class Result(NamedTuple):
    """One metric of one finding, or of a mean over them.

    Args:
        finding: a name, `macro`, `weighted` or `micro`.
        metric: its name.
        values: (C,) the value, the replicates, the jackknife; (1,) where no interval is made of these.
        present: labels it rests on that are present.
        absent: labels it rests on that are absent.
        patients: patients with such a label, and with such another.
        estimate: what an interval in closed form rests on, where the metric has one and it is asked for.
    """

    finding: str
    metric: str
    values: Values
    present: int
    absent: int
    patients: tuple[int, int]
    estimate: Estimate | None = None

    @property
    def too_few(self) -> bool:
        """Whether it rests on fewer patients than an interval can be trusted with; a mean over findings never does."""
        return self.finding not in ("macro", "weighted") and self.fewest < FEWEST_PATIENTS

    @property
    def fewest(self) -> int:
        """Patients of the class that has fewer, of those that the metric speaks of."""
        return min(self.patients[label] for label in SPEAKS_OF.get(self.metric, (0, 1)))

    def interval(self, draws: Draws, level: float) -> tuple[float, float, str]:
        """Low and high end, and the method they come from.

        A single patient, or a class of which only one patient is there, tells nothing of how patients differ: where
        the replicates cannot but agree, or a closed form would rest on one patient, there is no interval. Nor has the
        calibration error one: resampling adds chance to what measures chance.
        """
        one = self.fewest < 2
        if self.metric in WITHOUT:
            return float("nan"), float("nan"), "none"
        if self.estimate is not None:
            low, high = (float("nan"),) * 2 if one else map(float, self.estimate.interval(level))
            return low, high, "wilson" if self.estimate.bounded else "sandwich"
        low, high = draws.interval(self.values, level=level, patients=self.fewest)
        if max(self.patients) < 2 or (one and low == high):
            low = high = float("nan")
        return low, high, "bca" if draws.method == "bca" else "percentile"

    def left_out(self, draws: Draws) -> int:
        """In how many of the replicates it is not defined, as no image of a class or finding was drawn."""
        return int(np.isnan(self.values[1 : 1 + draws.replicates]).sum())


class Study:
    """Aligned images, metrics, thresholds and replicates.

    Args:
        aligned: the images.
        names: metrics of the registry.
        thresholds: (K,) where a probability becomes a call, or (N, K).
        draws: the replicates, of the same images.
        workers: threads; all cores if left out.
    """

    def __init__(
        self, aligned: Aligned, names: Sequence[str], thresholds: Thresholds, draws: Draws, workers: int | None = None
    ) -> None:
        self.calls = calls(aligned)
        self.aligned, self.thresholds, self.draws, self.workers = aligned, thresholds, draws, workers
        whole = {name for name in of_family("set") if name != "hamming_loss"}  # Hamming loss is made of single calls
        self.single = {name: registry[name] for name in names if name not in whole}
        self.whole = {name: registry[name] for name in names if name in whole}
        self.units: tuple[int | None, ...] = (*range(len(aligned.findings)), None)

    def both_classes(self, part: Rows) -> list[int]:
        """The findings of which images with and without are there."""
        labels = self.aligned.present[part]
        return [k for k in range(labels.shape[1]) if (labels[:, k] == 1).any() and (labels[:, k] == 0).any()]

    def measured(self, unit: int | None, part: Rows) -> dict[str, Values]:
        """Every metric of one finding on these images; for None, of all labels pooled and of whole sets of findings."""
        return {**self._pooled(part), **self._whole(part)} if unit is None else self._finding(unit, part)

    def results(self, part: Rows, measured: Mapping[int | None, dict[str, Values]] | None = None) -> list[Result]:
        """Every metric of every finding and every mean, on these images.

        Args:
            part: the images.
            measured: what `measured` gave for each of `units`, or for the findings alone; measured here if left out.
        """
        each = measured or {unit: self.measured(unit, part) for unit in self.units}
        found = [result for k in range(len(self.aligned.findings)) for result in self._of_finding(k, part, each[k])]
        held = {(result.finding, result.metric): result for result in found}
        both = [self.aligned.findings[k] for k in self.both_classes(part)]
        support = [each[k][SUPPORT] for k in self.both_classes(part)]
        for name in self.single:
            found.append(mean_result("macro", [held[finding, name] for finding in both], name))
        for name in self.single:
            found.append(mean_result("weighted", [held[finding, name] for finding in both], name, support))
        return found + (self._of_all(part, each[None]) if None in each else [])

    def _of_finding(self, k: int, part: Rows, values: Mapping[str, Values]) -> list[Result]:
        match, finding = of_finding(self.aligned, k, part), self.aligned.findings[k]
        counts, estimates = self._counts(match), self._estimates(match, at(self.thresholds, match.rows, k))
        return [Result(finding, name, values[name], *counts, _of(name, values, estimates)) for name in self.single]

    def _of_all(self, part: Rows, values: Mapping[str, Values]) -> list[Result]:
        match = pooled(self.aligned, part)
        threshold = at(self.thresholds, match.rows, match.finding)
        counts, estimates = self._counts(match), self._estimates(match, threshold)
        return [Result("micro", name, held, *counts, _of(name, values, estimates)) for name, held in values.items()]

    def _counts(self, match: LabelMatch) -> tuple[int, int, tuple[int, int]]:
        """Labels present and absent, and the patients with each."""
        patient = self.draws.patient[match.rows]
        rows = [match.present == label for label in (1, 0)]
        patients = [np.count_nonzero(np.bincount(patient[chosen])) if chosen.any() else 0 for chosen in rows]
        return int(rows[0].sum()), int(rows[1].sum()), (int(patients[0]), int(patients[1]))

    def _estimates(self, match: LabelMatch, threshold: Any) -> dict[str, Estimate]:
        """What intervals in closed form rest on; nothing where a class is missing or another method is asked for."""
        there = {int(label) for label in np.unique(match.present)}
        chosen = [name for name in self.single if name in closed and self.draws.method == "wilson"]
        chosen = [name for name in chosen if {1 - place for place in SPEAKS_OF.get(name, (0, 1))} <= there]
        functions = _at({name: closed[name] for name in chosen}, threshold)
        patient = self.draws.patient[match.rows]
        return {
            name: function(match.present, match.score, patient, self.draws.patients)
            for name, function in functions.items()
        }

    def functions(self, threshold: Any) -> dict[str, Callable[..., Any]]:
        """The metrics of one finding, calling at this threshold: a number, or (N,) one a label."""
        return _at(self.single, threshold)

    def whole_functions(self, thresholds: Thresholds) -> dict[str, Callable[..., Any]]:
        """The metrics of an image's whole set of findings, calling at each finding's threshold."""
        return _at(self.whole, thresholds)

    def _finding(self, k: int, part: Rows) -> dict[str, Values]:
        match = of_finding(self.aligned, k, part)
        functions = {**self.functions(at(self.thresholds, match.rows, k)), SUPPORT: _support}
        return self._measured(functions, match, called=bool(self.calls[k]))

    def _pooled(self, part: Rows) -> dict[str, Values]:
        match = pooled(self.aligned, part)
        functions = self.functions(at(self.thresholds, match.rows, match.finding))
        return self._measured(functions, match, called=bool(self.calls.any()))

    def _whole(self, part: Rows) -> dict[str, Values]:
        functions = self.whole_functions(at(self.thresholds, part))
        return self._measured(functions, whole_sets(self.aligned, part), called=bool(self.calls.any()))

    def _measured(self, functions: Functions, match: LabelMatch, *, called: bool) -> dict[str, Values]:
        """The values; nan throughout for what calls alone do not tell."""
        nothing = np.full(self.draws.weights.shape[1], np.nan)
        values = {name: nothing[:1] if in_closed_form([name], self.draws.method) else nothing for name in functions}
        for alone, draws in ((True, self.draws.value_alone), (False, self.draws)):
            asked = {
                name: function
                for name, function in functions.items()
                if in_closed_form([name], self.draws.method) is alone and not (called and name in not_of_calls())
            }
            if asked:
                values |= measure(on_match(asked), match, draws, workers=self.workers)
        return values


def mean_result(kind: str, results: Sequence[Result], metric: str, support: Sequence[Values] | None = None) -> Result:
    """A mean over findings as one result; weighted by `support`, (C,) images with each finding, where that is given."""
    values = mean_over([result.values for result in results], support)
    present, absent = sum(result.present for result in results), sum(result.absent for result in results)
    patients = [max((result.patients[place] for result in results), default=0) for place in (0, 1)]
    estimates = [result.estimate for result in results if result.estimate is not None]
    whole = bool(results) and len(estimates) == len(results)
    shares = None if support is None else np.array([float(images[0]) for images in support])
    estimate = mean_of(estimates, shares) if whole else None
    return Result(kind, metric, values, present, absent, (patients[0], patients[1]), estimate)


def mean_over(values: Sequence[Values], support: Sequence[Values] | None = None) -> Values:
    """(C,) mean over findings; nan in a replicate that drew no image with one of them: it would be another mean."""
    if not values:
        return np.full(1, np.nan)
    held = np.stack(values)
    weight = np.ones_like(held) if support is None else np.stack(support)[:, : held.shape[1]]
    return ratio((held * weight).sum(axis=0), weight.sum(axis=0))


def _of(name: str, values: Mapping[str, Values], estimates: Mapping[str, Estimate]) -> Estimate | None:
    """The estimate of a metric, where its value is defined."""
    return None if np.isnan(values[name][0]) else estimates.get(name)


def _at(functions: Functions, threshold: Any) -> dict[str, Callable[..., Any]]:
    """The same metrics with their threshold, where they take one."""
    return {
        name: partial(function, threshold=threshold)
        if "threshold" in inspect.signature(function).parameters
        else function
        for name, function in functions.items()
    }


def _support(present: NDArray[np.float64], _: NDArray[np.float64], weight: Weight) -> Values:
    """(R,) images with the finding."""
    return Weights.of(weight, len(present)).total(present)
