"""From Predictions and a Cohort to an Evaluation: every metric, every finding, every subgroup, with intervals."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.evaluation.alignment import Aligned, align
from hilum.evaluation.bootstrap import Draws, draw, measure
from hilum.evaluation.metrics import metrics as registry
from hilum.evaluation.metrics import per_image
from hilum.evaluation.metrics.sums import Values, Weight, Weights, ratio
from hilum.evaluation.subgroups import groups
from hilum.schema import Cohort, ConfigError, Evaluation, Predictions
from hilum.schema.evaluation import COLUMNS

Rows = NDArray[np.intp]
LEVEL = 0.95


def evaluate(
    predictions: Predictions,
    cohort: Cohort,
    *,
    split: str | None = None,
    metrics: Sequence[str] | None = None,
    threshold: float | Mapping[str, float] = 0.5,
    subgroups: Sequence[str] = (),
    replicates: int = 1000,
    seed: int = 0,
    interval: str = "percentile",
    workers: int | None = None,
) -> Evaluation:
    """Say how good predictions are, with 95 % intervals from a bootstrap over patients.

    Rows are one metric of one finding in one subgroup. Beside the findings stand `macro` (unweighted mean over the
    findings of which both classes are there), `weighted` (the same, weighted by films with the finding), `micro` (all
    labels pooled) and, for metrics of a film's whole set of findings, `image` (mean over films). Labels that are
    uncertain or missing are left out and counted in the provenance, as is all else that was left out.

    Args:
        predictions: probabilities.
        cohort: the films with their labels.
        split: only this side of the split; every film that the predictions hold if left out, whatever its side.
        metrics: names from the registry; all if left out.
        threshold: where a probability becomes a call: one number, or one a finding.
        subgroups: columns of the cohort's films (`sex`, `view`, …) or `age_band`.
        replicates: of the bootstrap; the same ones for every row.
        seed: of the bootstrap.
        interval: `percentile` or `bca`.
        workers: threads; all cores if left out.
    """
    aligned = align(predictions, cohort, split=split)
    names = list(registry) if metrics is None else list(metrics)
    thresholds = _thresholds(aligned, threshold)
    draws = draw(aligned.films.patient_id, replicates=replicates, seed=seed, method=interval)
    study = _Study(aligned, names, thresholds, draws, workers)
    parts = {"all": np.arange(len(aligned)), **{name: rows for _, name, rows in groups(aligned.films, subgroups)}}
    rows = pd.concat([study.rows(name, part) for name, part in parts.items()], ignore_index=True)
    provenance = {
        "predictions": predictions.provenance,
        "cohort": {"name": cohort.name, "notes": list(cohort.notes)},
        **aligned.account,
        "macro_over": {name: [aligned.findings[k] for k in study.both(part)] for name, part in parts.items()},
        "threshold": dict(zip(aligned.findings, thresholds.tolist(), strict=True)),
        "interval": {
            "level": LEVEL, "method": interval, "over": "patients", "replicates": replicates, "seed": seed,
        },
        "versions": {name: version(name) for name in ("hilum", "numpy", "pandas", "scipy")},
    }  # fmt: skip
    return Evaluation(rows, provenance)


class _Study:
    """One set of aligned films, metrics, thresholds and replicates; measures any part of the films."""

    def __init__(
        self, aligned: Aligned, names: Sequence[str], thresholds: Values, draws: Draws, workers: int | None
    ) -> None:
        self.aligned, self.thresholds, self.draws, self.workers = aligned, thresholds, draws, workers
        whole = {name for name in per_image if name != "hamming_loss"}  # Hamming loss is made of single calls
        self.single = {name: registry[name] for name in names if name not in whole}
        self.whole = {name: registry[name] for name in names if name in whole}

    def both(self, part: Rows) -> list[int]:
        """The findings of which both classes are there."""
        labels = self.aligned.present[part]
        return [k for k in range(labels.shape[1]) if (labels[:, k] == 1).any() and (labels[:, k] == 0).any()]

    def rows(self, subgroup: str, part: Rows) -> pd.DataFrame:
        """All rows of one subgroup."""
        findings, labels = self.aligned.findings, self.aligned.present[part]
        present, absent = (labels == 1).sum(axis=0), (labels == 0).sum(axis=0)
        both, held = self.both(part), [self._finding(k, part) for k in range(len(findings))]
        table: list[tuple[Any, ...]] = []

        def add(finding: str, values: Mapping[str, Values], counts: tuple[int, int]) -> None:
            for name, value in values.items():
                table.append((finding, subgroup, name, value[0], *self.draws.interval(value, level=LEVEL), *counts))

        for k, finding in enumerate(findings):
            add(finding, {name: held[k][name] for name in self.single}, (present[k], absent[k]))
        inside = (int(present[both].sum()), int(absent[both].sum()))
        add("macro", {name: _mean([held[k][name] for k in both]) for name in self.single}, inside)
        support = [held[k][""] for k in both]
        add("weighted", {name: _mean([held[k][name] for k in both], support) for name in self.single}, inside)
        add("micro", self._pooled(part), (int(present.sum()), int(absent.sum())))
        known = ~np.isnan(labels).any(axis=1)
        add("image", self._whole(part), (int((labels[known] == 1).sum()), int((labels[known] == 0).sum())))
        return pd.DataFrame(table, columns=list(COLUMNS))

    def _finding(self, k: int, part: Rows) -> dict[str, Values]:
        """Every metric of one finding; under '' the films with the finding, as weights for the weighted mean."""
        rows = part[~np.isnan(self.aligned.present[part, k])]
        functions = {**_at(self.single, self.thresholds[k]), "": _support}
        present, score = self.aligned.present[rows, k], self.aligned.score[rows, k]
        return measure(functions, present, score, self.draws, rows, workers=self.workers)

    def _pooled(self, part: Rows) -> dict[str, Values]:
        """Every metric over all labels of all findings together."""
        place, k = np.nonzero(~np.isnan(self.aligned.present[part]))
        rows = part[place]
        present, score = self.aligned.present[rows, k], self.aligned.score[rows, k]
        functions = _at(self.single, self.thresholds[k])
        return measure(functions, present, score, self.draws, rows, workers=self.workers)

    def _whole(self, part: Rows) -> dict[str, Values]:
        """The metrics of a film's whole set of findings."""
        present, score = self.aligned.present[part], self.aligned.score[part]
        return measure(_at(self.whole, self.thresholds), present, score, self.draws, part, workers=self.workers)


def _at(functions: Mapping[str, Callable[..., Any]], threshold: Any) -> dict[str, Callable[..., Any]]:
    """The same metrics with their threshold, where they take one."""
    takes = {name: "threshold" in inspect.signature(function).parameters for name, function in functions.items()}
    return {
        name: partial(function, threshold=threshold) if takes[name] else function
        for name, function in functions.items()
    }


def _support(present: NDArray[np.float64], _: NDArray[np.float64], weight: Weight) -> Values:
    """(R,) films with the finding."""
    return Weights.of(weight, len(present)).total(present)


def _mean(values: Sequence[Values], support: Sequence[Values] | None = None) -> Values:
    """(C,) mean over findings; in a replicate that drew no film with a finding, over the others."""
    if not values:
        return np.full(1, np.nan)
    held = np.stack(values)
    weight = np.where(np.isnan(held), 0.0, 1.0 if support is None else np.stack(support))
    return ratio((np.where(np.isnan(held), 0.0, held) * weight).sum(axis=0), weight.sum(axis=0))


def _thresholds(aligned: Aligned, threshold: float | Mapping[str, float]) -> Values:
    """(K,) one threshold a finding."""
    if not isinstance(threshold, Mapping):
        return np.full(len(aligned.findings), float(threshold))
    missing = [name for name in aligned.findings if name not in threshold]
    if missing:
        raise ConfigError(f"No threshold for {', '.join(missing)}. Expected one number, or one for every finding.")
    return np.array([float(threshold[name]) for name in aligned.findings])
