"""Several detectors, or readers who drew boxes, on the same images: paired differences."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from hilum.evaluation.box_alignment import align_boxes
from hilum.evaluation.box_measures import measures
from hilum.evaluation.box_study import BoxResult, study_boxes
from hilum.evaluation.compare import Comparison
from hilum.evaluation.corrections import corrections
from hilum.evaluation.cuts import Threshold, said, travelling
from hilum.evaluation.evaluate import LEVEL
from hilum.evaluation.evaluate_boxes import account_for, cuts_of, draws_of
from hilum.evaluation.matching.boxes import Hit
from hilum.schema import BoxPredictions, Cohort, ConfigError, DataError, Header
from hilum.schema.errors import listed

SAID = {"cut": "cut at the image's edge", "beside": "left out beside the image", "twice": "left out as given twice"}
METRICS = ("rsna_score", "box_average_precision", "coco_average_precision", "froc_score", "image_auroc")


def compare_boxes(
    models: Mapping[str, BoxPredictions],
    cohort: Cohort,
    *,
    split: str | None = None,
    reference: str | None = None,
    metrics: Sequence[str] | None = None,
    threshold: Threshold | None = None,
    hit: Hit = 0.4,
    correction: str = "holm",
    replicates: int = 1000,
    seed: int = 0,
    interval: str = "percentile",
) -> Comparison:
    """Measure several predictions of boxes on the images that all of them read, and differences on the same replicates.

    Args:
        models: predictions by name.
        cohort: the images with their boxes.
        split: only this split.
        reference: which model the others are compared with; the first if left out.
        metrics: as in `evaluate_boxes`; five if left out.
        threshold: from which score on a box counts, for all models; each model's own operating points when left out.
        hit: as in `evaluate_boxes`.
        correction: of p over findings and models, `holm` or `benjamini_hochberg`.
        replicates: of the bootstrap.
        seed: of the bootstrap.
        interval: `percentile` or `bca`.
    """
    if len(models) < 2:
        raise ConfigError(f"{len(models)} predictions were given to compare. Expected two or more.")
    first = next(iter(models)) if reference is None else reference
    if first not in models:
        raise ConfigError(f"There is no model '{first}' here. Expected one of: {', '.join(models)}.")
    aligned = {name: align_boxes(one, cohort, split=split) for name, one in _on_shared(models).items()}
    one = aligned[first]
    if any(held.findings.names != one.findings.names for held in aligned.values()):
        told = "; ".join(f"{name}: {listed(held.findings)}" for name, held in aligned.items())
        raise DataError(f"The predictions speak of different findings: {told}. Expected boxes of the same ones.")
    draws = draws_of(one, replicates, seed, interval)
    points = {name: travelling(each.provenance) if threshold is None else threshold for name, each in models.items()}
    results = {}
    for name, held in aligned.items():
        named = measures(metrics or METRICS, thresholds=cuts_of(held, points[name]), hit=hit)
        results[name] = {(each.metric, each.finding): each for each in study_boxes(held, named, draws)}
    rows: list[dict[str, Any]] = []
    for place in results[first]:
        for name, own in results.items():
            if place in own and place in results[first]:
                row = {"model": name, **own[place].row(draws, LEVEL)}
                rows.append(row | _difference(own[place], results[first][place], draws, same=name == first))
    provenance = {
        "kind": "boxes", "models": {name: held.provenance for name, held in models.items()},
        **account_for(one, cohort), "findings": list(one.findings), "reference": first, "test": "interval",
        "correction": correction, "hit": hit, "threshold": {name: said(held) for name, held in points.items()},
        "replicates": replicates, "seed": seed, "interval": draws.method, "level": LEVEL,
        "images_not_compared": {name: len(held) - len(one) for name, held in models.items()},
        "versions": {name: version(name) for name in ("hilum", "numpy", "pandas", "scipy")},
    }  # fmt: skip
    told = [note for note in provenance["notes"] if "predicted boxes" not in note]  # of the reference alone
    provenance["notes"] = _notes(models, aligned) + told
    return Comparison(_corrected(pd.DataFrame(rows), correction), provenance)


def _on_shared(models: Mapping[str, BoxPredictions]) -> dict[str, BoxPredictions]:
    """Every model on the images that all of them read, in the first one's order."""
    shared = set.intersection(*(set(one.header.image_ids) for one in models.values()))
    ids = pd.Series([name for name in next(iter(models.values())).header.image_ids if name in shared], dtype="str")
    if not len(ids):
        raise DataError(f"{listed(models)} have no image in common. Expected predictions of the same images.")
    return {
        name: replace(one, boxes=one.boxes.among(ids), header=Header(tuple(ids), one.provenance))
        for name, one in models.items()
    }


def _difference(ours: BoxResult, theirs: BoxResult, draws: Any, *, same: bool) -> dict[str, Any]:
    if same:
        nothing = float("nan")
        return {"difference": nothing, "difference_low": nothing, "difference_high": nothing,
                "difference_interval": "", "p": nothing}  # fmt: skip
    values = ours.values - theirs.values
    low, high = draws.interval(values, level=LEVEL)
    return {"difference": float(values[0]), "difference_low": low, "difference_high": high,
            "difference_interval": draws.method, "p": draws.p(values)}  # fmt: skip


def _corrected(table: pd.DataFrame, correction: str) -> pd.DataFrame:
    """Adds `p_corrected`: over the findings and models of one metric; of the mean, over the models."""
    corrected = table.p.copy()
    for _, rows in table.groupby([table.metric, table.finding == "macro"]).groups.items():
        corrected[rows] = corrections[correction](table.p[rows])
    return table.assign(p_corrected=corrected)


def _notes(models: Mapping[str, BoxPredictions], aligned: Mapping[str, Any]) -> list[str]:
    """What of each model is not compared, or was cut."""
    shared = set.intersection(*(set(one.header.image_ids) for one in models.values()))
    notes = [
        f"{name}: {len(one) - len(shared):,} images that it read are not compared, as not all did."
        for name, one in models.items()
        if len(one) > len(shared)
    ]
    for name, held in aligned.items():
        counts = held.account["boxes_left_out"]
        if np.any(list(counts.values())):
            told = ", ".join(f"{count:,} {SAID[kind]}" for kind, count in counts.items() if count)
            notes.append(f"{name}: boxes {told}.")
    return notes
