"""cheXlocalize's full set: heatmaps of all images, of which those below a probability count as empty."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from hilum.evaluation.cuts import travelling
from hilum.evaluation.localization import best_cut, full_set
from hilum.explain.regions import Cut
from hilum.inference import Predictor
from hilum.schema import Cohort, DataError, Findings, LabelPredictions
from hilum.workflows.heatmap_truth import Truths, pairs_without, with_truth
from hilum.workflows.localize import HeatmapSettings

OF_VALIDATION = "that of the largest mean overlap on validation images"
OF_CALLS = "the finding's operating point, from which on it is called"


def on_full_set(
    pairs: pd.DataFrame, cohort: Cohort, predictions: LabelPredictions, cuts: Mapping[str, float]
) -> tuple[pd.DataFrame, str]:
    """Overlaps on the full set, of findings with a cut and a known place, and a sentence on what it holds.

    Args:
        pairs: scores of pairs whose place is known.
        cohort: all images.
        predictions: what the Run says of them.
        cuts: of each finding, the probability below which its map counts as empty.
    """
    known = pairs[pairs.finding.isin(cuts)]
    findings = Findings(tuple(dict.fromkeys(known.finding)))
    table = predictions.table.set_index("image_id")[list(findings)]
    absent, unplaced = pairs_without(_predicted(cohort, predictions), findings, known)
    found = full_set(known, absent, table, cuts)
    positive = known[["image_id", "finding"]].drop_duplicates()
    note = (
        f"It holds {len(positive):,} pairs of image and finding whose place is known and {len(absent):,} labeled "
        f"absent; {unplaced:,} labeled present without a box or outline are left out."
    )
    return found, note


def chosen_cuts(predictor: Predictor, cohort: Cohort, settings: HeatmapSettings, cut: Cut) -> dict[str, float]:
    """Of each finding the probability below which its map counts as empty, chosen on validation images.

    Args:
        predictor: the Run.
        cohort: with its split.
        settings: how heatmaps are made.
        cut: of the maps.

    Raises:
        DataError: when no validation image shows where a finding lies.
    """
    val = cohort.split("val").with_files()
    predictions = predictor.predict(val)
    assert isinstance(predictions, LabelPredictions)
    table, placed = predictions.table.set_index("image_id"), with_truth(val, predictor.run.findings)
    truths, rows = Truths(placed), []
    for one in settings.explanations(predictor, predictor.source(placed)):
        truth = truths.of(one)
        if truth is not None:
            mask = cut.mask(one.heatmap, one.finding)
            rows.append((one.image_id, one.finding, float((mask & truth.region).sum() / (mask | truth.region).sum())))
    overlaps = pd.DataFrame(rows, columns=["image_id", "finding", "overlap"])
    findings = Findings(tuple(dict.fromkeys(overlaps.finding)))
    absent, _ = pairs_without(_predicted(val, predictions), findings, overlaps)
    chosen = {}
    for name in findings:
        own, others = overlaps[overlaps.finding == name], absent.image_id[absent.finding == name]
        present, without = (table[name].loc[list(ids)].to_numpy(np.float64) for ids in (own.image_id, others))
        chosen[name] = best_cut(own.overlap.to_numpy(), present, without)
    return chosen


def called_from(predictions: LabelPredictions) -> dict[str, float]:
    """The operating points that travel with predictions, by finding; none where none do, or folds have their own."""
    held = travelling(predictions.provenance)
    return {name: float(value) for name, value in held.items()} if isinstance(held, Mapping) else {}


def _predicted(cohort: Cohort, predictions: LabelPredictions) -> Cohort:
    """The images of which something is said."""
    keep = cohort.images.image_id.isin(predictions.table.image_id)
    if not keep.any():
        raise DataError(f"The predictions and cohort '{cohort.name}' share no image. Expected the same image ids.")
    return replace(cohort.take(np.flatnonzero(keep), ""), notes=cohort.notes)
