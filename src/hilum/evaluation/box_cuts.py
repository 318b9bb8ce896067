"""The cut of a detector's score, fitted on validation images, kept in a Run, applied to every later image."""

import inspect
from collections.abc import Mapping
from functools import partial

import numpy as np

from hilum.evaluation.box_alignment import align_boxes
from hilum.evaluation.box_operating_points import box_operating_points
from hilum.evaluation.matching.boxes import BoxMatch
from hilum.evaluation.metrics import box_metrics
from hilum.evaluation.thresholds import UNFITTED, OperatingPoint, OperatingPoints
from hilum.schema import BoxPredictions, Cohort, ConfigError

RULE = "best_rsna_score"


def fit_box_cuts(
    predictions: BoxPredictions,
    cohort: Cohort,
    *,
    split: str | None = "val",
    rule: str = RULE,
    options: Mapping[str, float] | None = None,
) -> OperatingPoints:
    """Find from which score on a box is drawn, on images that are not the test's.

    The answer is the artifact that a Run keeps as its operating points, so that predictions carry it and
    `evaluate_boxes` applies it. Of a point, `sensitivity` and `ppv` are the boxes', by an overlap of 0.4; `present` and
    `absent` count images with and without a true box; there is no specificity. Where no true or no predicted box is
    there, the cut stays at 0.5 and is not fitted.

    Args:
        predictions: boxes with scores, down to low ones.
        cohort: the images with their boxes.
        split: the split to fit on; every image both hold if None.
        rule: a name in `box_operating_points`.
        options: of the rule, as `{"false_boxes": 0.25}`.
    """
    aligned = align_boxes(predictions, cohort, split=split)
    function, chosen = box_operating_points[rule], dict(options or {})
    known = [name for name, held in inspect.signature(function).parameters.items() if held.kind is held.KEYWORD_ONLY]
    strange = [name for name in chosen if name not in known]
    if strange:
        raise ConfigError(f"Rule '{rule}' has no option {', '.join(strange)}. Expected: {', '.join(known) or 'none'}.")
    fitted = partial(function, **chosen)
    points = [
        _point(name, match, float(fitted(match)) if _fits(match) else None)
        for name, match in zip(aligned.findings, aligned.matches, strict=True)
    ]
    on = {key: aligned.account[key] for key in ("images", "patients", "images_hash", "split", "split_hash")}
    return OperatingPoints(rule, chosen, tuple(points), {"cohort": cohort.name, **on})


def _fits(match: BoxMatch) -> bool:
    return bool(match.actual.any()) and len(match.score) > 0


def _point(finding: str, match: BoxMatch, cut: float | None) -> OperatingPoint:
    at = UNFITTED if cut is None else cut
    rates = (float(box_metrics[name](match, threshold=at)) for name in ("box_sensitivity", "box_precision"))
    sensitivity, ppv = (None if np.isnan(rate) else rate for rate in rates)
    images = int((match.actual > 0).sum())
    return OperatingPoint(finding, at, sensitivity, None, ppv, images, len(match.actual) - images, cut is not None)
