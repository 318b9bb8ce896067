"""At a reader's operating point: what a model finds when it calls as few healthy images, or misses as few ill ones.

A reader is a point in a ROC plot, not a curve. The model's curve is read where it has the reader's specificity (and
where it has the reader's recall), anew in each bootstrap replicate, so the interval knows that the reader's point is
itself measured. Between two points of the curve a straight line is read, as a threshold between tied scores by lot.

Where the curve is a step there, its middle is read: many thresholds find as much as the reader, and taking the best of
them would favor the model (by simulation up to ten points of specificity for two that are equal). Where the reader
called no image without the finding, or missed none with it, no threshold is known beyond, and the step's end is read.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from hilum.evaluation.alignment import Aligned
from hilum.evaluation.bootstrap import Draws, measure
from hilum.evaluation.intervals import FEWEST_PATIENTS
from hilum.evaluation.matching.labels import LabelMatch
from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.ladder import Ladder
from hilum.evaluation.metrics.sums import Values, Weights, ratio
from hilum.evaluation.readers import calls

SLACK = 1e-9  # of one image: a share of whole images must not be one less by rounding
Correct = Callable[[Any], Values]


def at_the_readers_points(aligned: Mapping[str, Aligned], draws: Draws, level: float, correct: Correct) -> pd.DataFrame:
    """Every model at every reader's specificity and recall; see `Comparison.readers`.

    Args:
        aligned: predictions by name, of the same images.
        draws: the replicates, of the same images.
        level: of the intervals.
        correct: of p over all rows of a side.
    """
    called = {name: calls(held) for name, held in aligned.items()}
    rows = [
        row
        for reader, theirs in aligned.items()
        for model, ours in aligned.items()
        for k in np.flatnonzero(called[reader] & ~called[model])
        for row in _rows(reader, theirs, model, ours, int(k), draws, level)
    ]
    table = pd.DataFrame(rows)
    if rows:
        table["p_corrected"] = table.groupby("side").p.transform(correct)
    return table


def recall_at(present: Values, score: Values, weights: Weights, rate: Values) -> Values:
    """(R,) recall where these false-positive rates are allowed, one a replicate.

    Args:
        present: (N,) 0 or 1.
        score: (N,) any real number.
        weights: how often each row counts.
        rate: (R,) the false-positive rates.

    Returns:
        nan where a class is missing.

    >>> weights = Weights.of(None, 5)
    >>> recall_at(np.array([0, 1, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.4, 0.5]), weights, np.array([0.0])).tolist()
    [0.6666666666666666]
    """
    found, start = [], 0
    for ladder in Ladder.each(present, score, weights):
        width = ladder.positives.shape[1]
        allowed = rate[start : start + width] * ladder.negatives
        above = ladder.negatives - ladder.below - ladder.ties
        reached, passed = above <= allowed + SLACK, above < allowed - SLACK
        free = np.where(allowed <= SLACK, reached, (reached * 1.0 + passed) / 2)  # the middle of a step
        share = np.where(ladder.ties > 0, ratio(allowed + SLACK - above, ladder.ties, empty=0.0), free)
        won = (ladder.positives * np.clip(share, 0, 1)).sum(axis=0)
        found.append(np.where(ladder.negatives > 0, ratio(won, ladder.positives.sum(axis=0)), np.nan))
        start += width
    return np.concatenate(found)


def _rows(
    reader: str, theirs: Aligned, model: str, ours: Aligned, k: int, draws: Draws, level: float
) -> Iterator[dict[str, Any]]:
    rows = ours.known(k)
    present = ours.present[rows, k]
    match = LabelMatch(present, np.column_stack([theirs.score[rows, k], ours.score[rows, k]]), rows)
    patients = [len(np.unique(draws.patient[rows[present == label]])) for label in (1, 0)]
    for side in ("recall", "specificity"):
        pair = measure({side: _pair_of(side)}, match, draws)[side]
        reader_value, model_value = pair.T
        difference = model_value - reader_value
        low, high = (
            draws.interval(difference, level=level, patients=min(patients))
            if min(patients) > 1
            else (float("nan"),) * 2
        )
        yield {
            "finding": ours.findings[k], "reader": reader, "model": model, "side": side,
            "reader_value": float(reader_value[0]), "model_value": float(model_value[0]),
            "difference": float(difference[0]), "low": low, "high": high,
            "p": draws.p(difference, patients=min(patients)) if min(patients) > 1 else float("nan"),
            "too_few": min(patients) < FEWEST_PATIENTS,
        }  # fmt: skip


def _pair_of(side: str) -> Callable[[LabelMatch, Weights], Values]:
    """(R, 2) of the reader and of the model: recall at the reader's specificity, or the other way round."""

    def pair(match: LabelMatch, weights: Weights) -> Values:
        reader, model = match.score.T
        n = Decisions.of(match.present, reader, weights, 0.5)
        recall, specificity = ratio(n.tp, n.tp + n.fn), ratio(n.tn, n.tn + n.fp)
        if side == "recall":
            return np.column_stack([recall, recall_at(match.present, model, weights, 1 - specificity)])
        return np.column_stack([specificity, recall_at(1 - match.present, -model, weights, 1 - recall)])

    return pair
