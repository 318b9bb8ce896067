"""Average precision: the area under the precision-recall curve, step by step."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.ladder import Ladder, on_ladders
from hilum.evaluation.metrics.sums import Measure, Values, Weight, ratio
from hilum.registry import register


@register
@family("ranking")
def average_precision(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """Mean over the positives of the precision reached when the threshold lies at their score.

    Its chance level is the share of positives, so figures of findings with different prevalence do not compare.

    Args:
        present: (N,) 0 or 1.
        score: (N,) any real number; only the order matters.
        weight: (N,) how often each row counts, or (N, R) or Weights for R replicates; all ones if left out.

    Returns:
        In [0, 1]; nan where a class is missing.

    Source: Zhu 2004, Recall, precision and average precision, University of Waterloo.

    >>> round(average_precision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.8333
    """

    def mean_precision(ladder: Ladder) -> Values:
        found = np.cumsum(ladder.positives[::-1], axis=0)[::-1]
        precision = ratio(found, found + ladder.negatives - ladder.below, empty=0.0)
        value = ratio((ladder.positives * precision).sum(axis=0), ladder.positives.sum(axis=0))
        return np.where(ladder.negatives > 0, value, np.nan)

    return on_ladders(mean_precision, present, score, weight)
