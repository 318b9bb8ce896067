"""From Predictions and a Cohort to an Evaluation: every metric, every finding, every subgroup, with intervals."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from hilum.evaluation.alignment import Aligned, align
from hilum.evaluation.bootstrap import Draws, draw
from hilum.evaluation.curves import curves as curves_of
from hilum.evaluation.curves import replicates_shown
from hilum.evaluation.cuts import Threshold, said, thresholds_of, travelling
from hilum.evaluation.interval_notes import few_notes, left_out_by_group, left_out_notes
from hilum.evaluation.intervals import in_closed_form
from hilum.evaluation.metrics import metrics as registry
from hilum.evaluation.metrics.sums import Values
from hilum.evaluation.names import group_name
from hilum.evaluation.readers import OF_CALLS, calls_note, measurable, refuse_scores
from hilum.evaluation.study import Result, Study
from hilum.evaluation.subgroups import FEWEST_PATIENTS, Gap, Group, gaps, groups, small
from hilum.schema import Cohort, Evaluation, LabelPredictions
from hilum.schema.findings import display

LEVEL = 0.95
INSIDE = ("auroc", "recall", "specificity", "calibration_intercept")  # of subgroups, where no metric is asked for
Work = tuple[Group, int | None]  # some images, and which of a Study's units
Watch = Callable[[Sequence[Work]], Iterable[Work]]


def evaluate(
    predictions: LabelPredictions,
    cohort: Cohort,
    *,
    split: str | None = None,
    metrics: Sequence[str] | None = None,
    threshold: Threshold | None = None,
    subgroups: Sequence[str] = (),
    replicates: int = 1000,
    seed: int = 0,
    interval: str = "wilson",
    curves: bool = True,
    workers: int | None = None,
    watch: Watch = iter,
) -> Evaluation:
    """Say how good predictions are, with 95 % intervals that take patients, not images, for independent.

    A row is one metric of one finding in one subgroup. Beside the findings stand `macro` (unweighted mean over the
    findings of which both classes are there), `weighted` (the same, weighted by images with the finding) and `micro`
    (all labels pooled; also where metrics of an image's whole set of findings stand). Beside `all` and groups such as
    `sex=F` stands the gap between the best and the worst of them, as in `sex: F - M`. `interval` names the method of
    each row's interval, `too_few` says that it rests on too few patients to be trusted, and `left_out` counts the
    replicates in which the row is not defined: of a mean, those that drew no image with one of its findings.

    Labels that are uncertain or missing are left out; the provenance counts them and all else that was left out. It
    holds `unit` (what a row is: image, study or patient), `images`, `patients`, `images_hash`, `split`, `split_hash`,
    `images_by_split`, `left_out`, `findings` (counts of each), `macro_over`, `small_groups`, `threshold`, `replicates`,
    `replicates_left_out` (of means, by group), `seed`, `interval`, `level`, `versions`, `notes`.
    For the keys of `curves`, see `hilum.evaluation.curves.curves`.

    Args:
        predictions: probabilities.
        cohort: the images with their labels.
        split: only this split; every image that the predictions hold if left out, whatever its split.
        metrics: names from the registry; all if left out.
        threshold: where a probability becomes a call: one number, one a finding, or for each fold of the patients
            one a finding (`hilum.evaluation.cuts`); the operating points that travel with the predictions when left
            out, and 0.5 where none do.
        subgroups: columns of the cohort's images (`sex`, `view`, …) or `age_band`. The metrics that are asked for are
            measured in them; where `metrics` is left out, AUROC, recall, specificity and the calibration intercept,
            without pooled labels.
        replicates: of the bootstrap; the same ones for every row.
        seed: of the bootstrap.
        interval: `wilson`, `percentile` or `bca`, as in `hilum.evaluation.intervals`.
        curves: also keep what figures are drawn from.
        workers: threads; all cores if left out.
        watch: is given the work, a list, and hands it on piece by piece: for whoever shows progress.
    """
    aligned = align(predictions, cohort, split=split)
    names = measurable([aligned], metrics, list(registry))
    refuse_scores(predictions, names)
    if threshold is None:
        threshold = travelling(predictions.provenance)
    inside = names if metrics is not None else [name for name in INSIDE if name in names] or list(OF_CALLS)
    thresholds = thresholds_of(aligned, threshold)
    asked = replicates
    if in_closed_form({*names, *inside}, interval):  # the others would not be looked at
        asked = replicates_shown(replicates, aligned.account["patients"]) if curves else 1
    draws = draw(aligned.images.patient_id, replicates=asked, seed=seed, method=interval)
    study = Study(aligned, names, thresholds, draws, workers)
    everyone = np.arange(len(aligned))
    parts = [Group("", "all", everyone, small(aligned, everyone)), *groups(aligned, subgroups)]
    of_groups = study if inside == names else Study(aligned, inside, thresholds, draws, workers)
    rows = _table(study, of_groups, parts, watch, pooled=metrics is not None)
    provenance = {
        "predictions": predictions.provenance,
        "cohort": cohort.name,
        **{key: value for key, value in aligned.account.items() if key != "notes"},
        "macro_over": {part.name: len(study.both_classes(part.rows)) for part in parts},
        "small_groups": {part.name: list(part.small) for part in parts if part.small},
        "threshold": said(threshold),
        "replicates": replicates,
        "replicates_left_out": left_out_by_group(rows),
        "seed": seed,
        "interval": interval,
        "level": LEVEL,
        "versions": {name: version(name) for name in ("hilum", "numpy", "pandas", "scipy")},
        "notes": _notes(aligned, parts, rows, cohort),
    }
    provenance["notes"] += left_out_notes(provenance["replicates_left_out"], replicates, aligned.account["unit"])
    return Evaluation(
        rows, provenance, curves_of(aligned, thresholds, draws, ordered=predictions.scores) if curves else {}
    )


def _table(study: Study, of_groups: Study, parts: Sequence[Group], watch: Watch, *, pooled: bool) -> pd.DataFrame:
    """All rows: everyone, the groups, then the gaps between them; in groups no pooled labels unless asked for."""
    everyone, *others = parts
    units = [unit for unit in of_groups.units if unit is not None or pooled]
    work: list[Work] = [(everyone, unit) for unit in study.units]
    work += [(part, unit) for part in others for unit in units]
    measured: dict[str, dict[int | None, dict[str, Values]]] = {part.name: {} for part in parts}
    for part, unit in watch(work):
        chosen = study if part is everyone else of_groups
        measured[part.name][unit] = chosen.measured(unit, part.rows)
    results = {everyone.name: study.results(everyone.rows, measured[everyone.name])}
    results |= {part.name: of_groups.results(part.rows, measured[part.name]) for part in others}
    named: list[tuple[str, Result | Gap]] = [(name, result) for name, found in results.items() for result in found]
    return pd.DataFrame(_rows([*named, *gaps(others, results)], study.draws))


def _rows(named: Iterable[tuple[str, Result | Gap]], draws: Draws) -> Iterator[dict[str, Any]]:
    for subgroup, result in named:
        low, high, method = result.interval(draws, LEVEL)
        yield {
            "finding": result.finding, "subgroup": subgroup, "metric": result.metric,
            "value": float(result.values[0]), "low": low, "high": high,
            "present": result.present, "absent": result.absent,
            "interval": method, "too_few": result.too_few, "left_out": result.left_out(draws),
        }  # fmt: skip


def _notes(aligned: Aligned, parts: Sequence[Group], rows: pd.DataFrame, cohort: Cohort) -> list[str]:
    """What a reader must be told of the images, the findings and the cohort."""
    small_ones = _small_notes(parts, aligned.findings)
    return [*aligned.account["notes"], *calls_note(aligned), *small_ones, *few_notes(rows), *cohort.notes]


def _small_notes(parts: Sequence[Group], findings: Sequence[str]) -> list[str]:
    few = f"fewer than {FEWEST_PATIENTS} patients with or without"
    return [f"In {group_name(part.name)}: {few} {_briefly(part.small, findings)}." for part in parts if part.small]


def _briefly(chosen: Sequence[str], findings: Sequence[str]) -> str:
    """Some of the findings, in as few words as will do."""
    others = [display(name).lower() for name in findings if name not in chosen]
    if not others:
        return "any one of the findings"
    if len(others) < len(chosen) / 2:
        return f"each of the findings but {', '.join(others)}"
    return ", ".join(display(name).lower() for name in chosen)
