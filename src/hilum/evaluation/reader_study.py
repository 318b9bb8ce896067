"""A reader study: readers beside models on the same images, their agreement, and what holds for other readers too."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from hilum.evaluation.agreement import agreement
from hilum.evaluation.alignment import Aligned
from hilum.evaluation.bootstrap import draw
from hilum.evaluation.compare import Comparison, align_all, compare
from hilum.evaluation.corrections import corrections
from hilum.evaluation.curves import Steps, roc
from hilum.evaluation.cuts import UNSAID, Threshold, thresholds_of, travelling
from hilum.evaluation.evaluate import LEVEL
from hilum.evaluation.margins import check_margin, verdict, with_verdicts
from hilum.evaluation.metrics import metrics as registry
from hilum.evaluation.metrics.sums import Values, Weights
from hilum.evaluation.mrmc import (
    Average,
    Components,
    against_readers,
    covariance,
    dorfman_berbaum_metz,
    jackknifed,
    obuchowski_rockette,
    within_modalities,
)
from hilum.evaluation.readers import calls
from hilum.evaluation.readings import Readings
from hilum.schema import Cohort, ConfigError, DataError, LabelPredictions

OF_CALLS = ("recall", "specificity", "balanced_accuracy")
SHOWN = ("recall", "specificity", "precision", "cohen_kappa")


@dataclass(frozen=True)
class ReaderStudy:
    """What `reader_study` measured.

    Args:
        comparison: every reader's and model's figures, and models at the readers' operating points.
        agreement: kappa, as in `hilum.evaluation.agreement`.
        average: each model less the average reader: `finding`, `metric`, `model`, `modality`, `model_value`,
            `readers_value`, `difference`, `low`, `high`, `p`, `p_corrected`, `degrees`, `verdict`; meant for other
            readers and patients.
        modalities: each pair of modalities: `finding`, `metric`, `method`, `first`, `second`, `difference`, `low`,
            `high`, `f`, `degrees`, `p`, `verdict`; empty where the study has one modality.
        curves: for each finding and model the ROC curve, `false_positive_rate`, `recall`, `low`, `high`.
        provenance: images, patients, readers, models, margin, notes; JSON values.
    """

    comparison: Comparison
    agreement: pd.DataFrame
    average: pd.DataFrame
    modalities: pd.DataFrame
    curves: dict[str, dict[str, Any]]
    provenance: dict[str, Any]


def reader_study(
    readings: Readings,
    cohort: Cohort,
    models: Mapping[str, LabelPredictions] | None = None,
    *,
    split: str | None = None,
    threshold: Threshold | None = None,
    margin: float | None = None,
    correction: str = "holm",
    replicates: int = 1000,
    seed: int = 0,
    interval: str = "wilson",
) -> ReaderStudy:
    """Measure readers, and models beside them, on the images that all of them judged.

    Args:
        readings: what the readers said: calls (0 or 1) or confidences.
        cohort: the images with their reference labels.
        models: predictions by name.
        split: only this split.
        threshold: where a model's probability becomes a call, as in `compare`; a reader's confidence at 0.5.
        margin: of non-inferiority and equivalence, in the unit of each figure, stated beforehand.
        correction: of p over the rows of a metric.
        replicates: of the bootstrap behind kappa, matched points and bands.
        seed: of it.
        interval: as in `evaluate`.
    """
    if margin is not None:
        check_margin(margin)
    models = models or {}
    names = {key: " ".join(filter(None, key)) for key in readings.tables}
    if twice := set(models) & set(names.values()):
        raise ConfigError(f"A model and a reader are both called {', '.join(sorted(twice))}. Rename the model's file.")
    tables = {**models, **{names[key]: table for key, table in readings.tables.items()}}
    aligned = align_all(tables, cohort, split=split)
    one = next(iter(aligned.values()))
    read = {key: aligned[name] for key, name in names.items()}
    by_name = {names[key]: held for key, held in read.items()}
    called = all(calls(held)[~np.isnan(held.score).all(axis=0)].all() for held in read.values())
    metrics = SHOWN if called else ("auroc", *SHOWN)
    asked: dict[str, Any] = {"split": split, "correction": correction, "replicates": replicates, "seed": seed}
    found = compare(tables, cohort, metrics=metrics, threshold=threshold, interval=interval, **asked)
    draws = draw(one.images.patient_id, replicates=replicates, seed=seed, method=interval)
    points = {name: travelling(each.provenance) if threshold is None else threshold for name, each in models.items()}
    cuts = {name: thresholds_of(aligned[name], points[name]) for name in models}
    study = _Crossed(read, {name: aligned[name] for name in models}, cuts, OF_CALLS if called else ("auroc",))
    average, modalities = study.average(margin), study.modalities(margin)
    for table in (average, modalities):
        if len(table):
            by = [table.metric] if table is average else [table.metric, table.method]
            table["p_corrected"] = table.groupby(by).p.transform(corrections[correction])
    notes = [*readings.notes, *(note for note in found.provenance["notes"] if "reader's calls" not in note)]
    return ReaderStudy(
        found if margin is None else with_verdicts(found, margin),
        agreement({key: _as_calls(held) for key, held in by_name.items()}, draws, LEVEL)
        if len(by_name) > 1
        else pd.DataFrame(),
        average,
        modalities,
        {name: _curves(aligned[name], draws.weights.astype(np.float64, order="C"), draws.patient) for name in models},
        found.provenance
        | {"readers": readings.readers, "modalities": readings.modalities, "calls": called, "margin": margin}
        | {"notes": [*notes, *study.notes]},
    )


class _Crossed:
    """Readers by modality on the same images; figures of each finding with each patient left out."""

    def __init__(
        self,
        read: Mapping[tuple[str, str], Aligned],
        models: Mapping[str, Aligned],
        cuts: Mapping[str, Values],
        metrics: Sequence[str],
    ) -> None:
        self.read, self.models, self.cuts, self.metrics = read, models, cuts, metrics
        self.places = list(dict.fromkeys(modality for modality, _ in read))
        self.readers = list(dict.fromkeys(reader for _, reader in read))
        self.notes: list[str] = []
        self.held: dict[tuple[str, str], tuple[Values, Values]] = {}
        if len(self.readers) < 2:
            self.notes.append("One reader: how readers differ cannot be seen, so nothing is said of others.")
        elif len(read) < len(self.places) * len(self.readers):
            self.notes.append("Not every reader read under every modality: nothing is averaged over readers.")
        else:
            self.held = dict(self._figures())

    def _figures(self) -> Iterable[tuple[tuple[str, str], tuple[Values, Values]]]:
        one = next(iter(self.read.values()))
        for k, finding in enumerate(one.findings):
            rows = one.known(k)
            scores = np.stack(
                [[self.read[place, reader].score[rows, k] for reader in self.readers] for place in self.places]
            )
            for name in self.metrics:
                try:
                    yield (finding, name), self._of(name, k, scores, None)
                except DataError:
                    self.notes.append(f"{finding}: too few patients to average {name} over readers.")

    def _of(self, name: str, k: int, scores: Values, cut: Values | None) -> tuple[Values, Values]:
        one = next(iter(self.read.values()))
        rows, function = one.known(k), registry[name]
        if "threshold" in inspect.signature(function).parameters and cut is not None:
            function = partial(function, threshold=cut[rows, k] if cut.ndim == 2 else cut[k])
        return jackknifed(function, one.present[rows, k], scores, one.images.patient_id.to_numpy()[rows])

    def average(self, margin: float | None) -> pd.DataFrame:
        """Each model less the average reader of each modality."""
        rows = []
        for (finding, name), (values, left_out) in self.held.items():
            for model, held in self.models.items():
                k = held.findings.position(finding)
                try:
                    own, own_left_out = self._of(name, k, held.score[None, None, held.known(k), k], self.cuts[model])
                except DataError:
                    continue
                for i, place in enumerate(self.places):
                    found = against_readers(float(own[0, 0]), own_left_out[0, 0], values[i], left_out[i])
                    rows.append(
                        {"finding": finding, "metric": name, "model": model, "modality": place}
                        | {"model_value": float(own[0, 0]), "readers_value": float(values[i].mean())}
                        | _row(found, margin)
                    )
        return pd.DataFrame(rows)

    def modalities(self, margin: float | None) -> pd.DataFrame:
        """Each pair of modalities under both methods."""
        rows = []
        for (finding, name), (values, left_out) in self.held.items() if len(self.places) > 1 else ():
            moves = covariance(left_out)
            analyses = {
                "Obuchowski-Rockette": obuchowski_rockette(values, Components.of(moves), within_modalities(moves)),
                "Dorfman-Berbaum-Metz": dorfman_berbaum_metz(values, left_out),
            }
            for method, found in analyses.items():
                for (i, j), difference in found.differences.items():
                    rows.append(
                        {"finding": finding, "metric": name, "method": method}
                        | {"first": self.places[i], "second": self.places[j]}
                        | {"first_value": float(values[i].mean()), "second_value": float(values[j].mean())}
                        | _row(difference, margin)
                        | {"f": found.f, "overall_p": found.p}
                    )
        return pd.DataFrame(rows)


def _row(found: Average, margin: float | None) -> dict[str, Any]:
    low, high = found.interval(LEVEL)
    held: dict[str, Any] = {"difference": found.value, "low": low, "high": high, "p": found.p, "degrees": found.degrees}
    return held if margin is None else held | {"verdict": verdict(low, high, margin)}


def _as_calls(aligned: Aligned) -> Aligned:
    """Confidences as calls, from 0.5 on; calls as they are."""
    return replace(aligned, score=np.where(np.isnan(aligned.score), np.nan, aligned.score >= UNSAID))


def _curves(aligned: Aligned, table: Values, patient: Any) -> dict[str, Any]:
    held = {}
    for k, finding in enumerate(aligned.findings):
        rows = aligned.known(k)
        present = aligned.present[rows, k]
        if not calls(aligned)[k] and len(np.unique(present)) == 2:
            held[finding] = roc(Steps.of(present, aligned.score[rows, k], Weights(table[:, :400], patient[rows])))
    return held
