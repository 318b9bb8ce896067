"""From predicted boxes and a Cohort to an Evaluation: every metric of every finding, with intervals over patients."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from hilum.evaluation.bootstrap import Draws, draw
from hilum.evaluation.box_alignment import AlignedBoxes, align_boxes
from hilum.evaluation.box_curves import box_curves
from hilum.evaluation.box_measures import measures
from hilum.evaluation.box_study import study_boxes
from hilum.evaluation.cuts import Threshold, said, thresholds_of, travelling
from hilum.evaluation.evaluate import LEVEL
from hilum.evaluation.interval_notes import few_notes
from hilum.evaluation.matching.boxes import Hit
from hilum.evaluation.subgroups import groups
from hilum.schema import BoxPredictions, Cohort, ConfigError, Evaluation

INSIDE = ("rsna_score", "box_average_precision", "froc_score", "image_auroc")  # of subgroups, where none is asked for


def evaluate_boxes(
    predictions: BoxPredictions,
    cohort: Cohort,
    *,
    split: str | None = None,
    metrics: Sequence[str] | None = None,
    threshold: Threshold | None = None,
    hit: Hit = 0.4,
    subgroups: Sequence[str] = (),
    replicates: int = 1000,
    seed: int = 0,
    interval: str = "percentile",
    curves: bool = True,
    workers: int | None = None,
) -> Evaluation:
    """Say how good predicted boxes are, with 95 % intervals from a bootstrap over patients.

    Rows are as those of `evaluate`; `present` and `absent` count images with and without a true box. Which images and
    boxes are left out is told in `hilum.evaluation.box_alignment.align_boxes`, and counted in the provenance.

    Args:
        predictions: boxes with scores, original pixels.
        cohort: the images with their boxes.
        split: only this split; every image that the predictions name if left out.
        metrics: names from the registry, also with a point, as in `froc_sensitivity@2`; the usual ones if left out.
        threshold: from which score on a box counts, for metrics that look at decisions: one number, or one a finding;
            the operating points that travel with the predictions when left out, and 0.5 where none do.
        hit: what counts as found: the least intersection over union, or `center`. The RSNA score and COCO's average
            precision have overlaps of their own.
        subgroups: columns of the cohort's images, or `age_band`.
        replicates: of the bootstrap.
        seed: of the bootstrap.
        interval: `percentile` or `bca`; boxes have no closed forms, so `wilson` means percentile.
        curves: also keep what figures are drawn from.
        workers: threads; all cores if left out.
    """
    aligned = align_boxes(predictions, cohort, split=split)
    threshold = travelling(predictions.provenance) if threshold is None else threshold
    cuts = cuts_of(aligned, threshold)
    draws = draws_of(aligned, replicates, seed, interval)
    everyone = measures(metrics, thresholds=cuts, hit=hit)
    rows = [
        {"subgroup": "all", **held.row(draws, LEVEL)} for held in study_boxes(aligned, everyone, draws, None, workers)
    ]
    inside = measures(INSIDE if metrics is None else metrics, thresholds=cuts, hit=hit)
    parts = list(groups(aligned.images, subgroups))
    for part in parts:
        found = study_boxes(aligned, inside, draws, part.rows, workers)
        rows += [{"subgroup": part.name, **held.row(draws, LEVEL)} for held in found]
    table = pd.DataFrame(rows)
    provenance = {
        "predictions": predictions.provenance, "kind": "boxes",
        **account_for(aligned, cohort), "hit": hit,
        "small_groups": {part.name: list(part.small) for part in parts if part.small},
        "threshold": said(threshold), "replicates": replicates, "seed": seed, "interval": draws.method, "level": LEVEL,
        "versions": {name: version(name) for name in ("hilum", "numpy", "pandas", "scipy")},
    }  # fmt: skip
    provenance["notes"] += few_notes(table)
    return Evaluation(table, provenance, box_curves(aligned, hit=hit) if curves else {})


def cuts_of(aligned: AlignedBoxes, threshold: Threshold) -> list[float]:
    """From which score on a box counts, of each finding."""
    cuts = thresholds_of(aligned.images, threshold)
    if cuts.ndim > 1:
        raise ConfigError(
            "Thresholds that differ by folds of the patients are for labels. Expected one, or one a finding."
        )
    return [float(cut) for cut in cuts]


def draws_of(aligned: AlignedBoxes, replicates: int, seed: int, interval: str) -> Draws:
    """The replicates; boxes have no intervals in closed form."""
    method = "percentile" if interval == "wilson" else interval
    return draw(np.asarray(aligned.images.images.patient_id), replicates=replicates, seed=seed, method=method)


def account_for(aligned: AlignedBoxes, cohort: Cohort) -> dict[str, Any]:
    """Which images and boxes are measured, and what is left out, with the cohort's own notes."""
    account = dict(aligned.account)
    return {"cohort": cohort.name, **account, "notes": [*account["notes"], *cohort.notes]}
