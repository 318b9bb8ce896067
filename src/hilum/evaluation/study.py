"""One set of aligned images under one set of replicates: measures any part of the images, finding by finding."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.alignment import Aligned
from hilum.evaluation.bootstrap import Draws, measure
from hilum.evaluation.matching.labels import LabelMatch, Rows, of_finding, on_match, pooled, whole_sets
from hilum.evaluation.metrics import metrics as registry
from hilum.evaluation.metrics import of_family
from hilum.evaluation.metrics.sums import Values, Weight, Weights, ratio

Functions = Mapping[str, Callable[..., Any]]
SUPPORT = "images with the finding"  # measured along, as the weights of the weighted mean


class Result(NamedTuple):
    """One metric of one finding, or of a mean over them.

    Args:
        finding: a name, `macro`, `weighted` or `micro`.
        metric: its name.
        values: (C,) the value, the replicates, the jackknife.
        present: labels it rests on that are present.
        absent: labels it rests on that are absent.
    """

    finding: str
    metric: str
    values: Values
    present: int
    absent: int


class Study:
    """Aligned images, metrics, thresholds and replicates.

    Args:
        aligned: the images.
        names: metrics of the registry.
        thresholds: (K,) where a probability becomes a call.
        draws: the replicates, of the same images.
        workers: threads; all cores if left out.
    """

    def __init__(
        self, aligned: Aligned, names: Sequence[str], thresholds: Values, draws: Draws, workers: int | None = None
    ) -> None:
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
            measured: what `measured` gave for each of `units`; measured here if left out.
        """
        labels = self.aligned.present[part]
        present, absent = (labels == 1).sum(axis=0), (labels == 0).sum(axis=0)
        each = measured or {unit: self.measured(unit, part) for unit in self.units}
        found = [
            Result(finding, name, each[k][name], int(present[k]), int(absent[k]))
            for k, finding in enumerate(self.aligned.findings)
            for name in self.single
        ]
        both = self.both_classes(part)
        counts = int(present[both].sum()), int(absent[both].sum())
        support = [each[k][SUPPORT] for k in both]
        for name in self.single:
            found.append(Result("macro", name, mean_over([each[k][name] for k in both]), *counts))
        for name in self.single:
            found.append(Result("weighted", name, mean_over([each[k][name] for k in both], support), *counts))
        return found + [
            Result("micro", name, value, int(present.sum()), int(absent.sum())) for name, value in each[None].items()
        ]

    def functions(self, threshold: Any) -> dict[str, Callable[..., Any]]:
        """The metrics of one finding, calling at this threshold: a number, or (N,) one a label."""
        return _at(self.single, threshold)

    def whole_functions(self) -> dict[str, Callable[..., Any]]:
        """The metrics of an image's whole set of findings, calling at each finding's threshold."""
        return _at(self.whole, self.thresholds)

    def _finding(self, k: int, part: Rows) -> dict[str, Values]:
        functions = {**self.functions(self.thresholds[k]), SUPPORT: _support}
        return self._measured(functions, of_finding(self.aligned, k, part))

    def _pooled(self, part: Rows) -> dict[str, Values]:
        match = pooled(self.aligned, part)
        return self._measured(self.functions(self.thresholds[match.finding]), match)

    def _whole(self, part: Rows) -> dict[str, Values]:
        return self._measured(self.whole_functions(), whole_sets(self.aligned, part))

    def _measured(self, functions: Functions, match: LabelMatch) -> dict[str, Values]:
        return measure(on_match(functions), match, self.draws, workers=self.workers)


def mean_over(values: Sequence[Values], support: Sequence[Values] | None = None) -> Values:
    """(C,) mean over findings; in a replicate that drew no image with a finding, over the others."""
    if not values:
        return np.full(1, np.nan)
    held = np.stack(values)
    weight = np.where(np.isnan(held), 0.0, 1.0 if support is None else np.stack(support))
    return ratio((np.where(np.isnan(held), 0.0, held) * weight).sum(axis=0), weight.sum(axis=0))


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
