"""What the figures of boxes are drawn from."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.evaluation.box_alignment import AlignedBoxes
from hilum.evaluation.intervals.rates import rate
from hilum.evaluation.matching.boxes import BoxMatch, Hit
from hilum.evaluation.metrics.box_steps import steps_of
from hilum.evaluation.metrics.boxes.rsna_score import gains
from hilum.evaluation.metrics.sums import Values

POINTS = 200  # of a curve at most, so that a page stays small
BINS = 10


def box_curves(aligned: AlignedBoxes, *, hit: Hit = 0.4) -> dict[str, Any]:
    """Per finding `froc` (false_boxes, sensitivity), `precision_recall`, `box_reliability`, `rsna_cut`.

    Args:
        aligned: the boxes.
        hit: what counts as found.
    """
    held = zip(aligned.findings, aligned.matches, strict=True)
    patient = pd.factorize(aligned.images.images.patient_id)[0]
    return {name: _of_finding(match, hit, patient) for name, match in held if match.actual.any() and len(match.score)}


def rsna_by_cut(match: BoxMatch) -> tuple[Values, Values]:
    """Falling cuts, the scores of the boxes themselves, and the RSNA score at each."""
    order = np.argsort(-match.score, kind="stable")
    gain, counts = gains(match)
    counted = (match.actual > 0).sum() + np.cumsum(counts[order])
    last = np.append(np.diff(match.score[order]) != 0, True)  # boxes of one score are drawn together
    scored = np.cumsum(gain[order])[last] / np.maximum(counted[last], 1)
    return match.score[order][last], scored


def _of_finding(match: BoxMatch, hit: Hit, patient: NDArray[np.intp]) -> dict[str, dict[str, list[float]]]:
    steps = next(iter(steps_of(match, None, hit)))
    false = (steps.drawn - steps.right)[:, 0] / len(match.actual)
    cuts, scores = rsna_by_cut(match)
    return {
        "froc": _thinned(false_boxes=np.append(0.0, false), sensitivity=np.append(0.0, steps.recall[:, 0])),
        "precision_recall": _thinned(recall=steps.recall[:, 0], precision=steps.precision[:, 0]),
        "box_reliability": _reliability(match, hit, patient[match.rows[match.image]]),
        "rsna_cut": _thinned(threshold=cuts, score=scores),
    }


def _reliability(match: BoxMatch, hit: Hit, patient: NDArray[np.intp]) -> dict[str, list[float]]:
    """In ten groups of as many boxes each: the mean score, and the share that found a true box, with its interval."""
    order = np.argsort(match.score, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    found = match.found(hit)
    shares = [float(found[part].mean()) for part in parts]
    count = int(patient.max()) + 1
    ends = [rate(found[part], np.ones(len(part), bool), patient[part], count).interval() for part in parts]
    return {
        "predicted": [float(match.score[part].mean()) for part in parts],
        "observed": shares,
        "low": [float(low) for low, _ in ends],
        "high": [float(high) for _, high in ends],
        "boxes": [float(len(part)) for part in parts],
    }


def _thinned(**columns: Values) -> dict[str, list[float]]:
    """At most so many points, the first and the last among them."""
    count = len(next(iter(columns.values())))
    places: NDArray[np.intp] = (
        np.unique(np.linspace(0, count - 1, min(count, POINTS)).round().astype(int)) if count else np.empty(0, np.intp)
    )
    return {name: values[places].tolist() for name, values in columns.items()}
