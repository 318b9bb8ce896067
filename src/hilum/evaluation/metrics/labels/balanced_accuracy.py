"""Balanced accuracy: as if both classes were equally large."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer, ratio
from hilum.registry import register


@register
@family("call")
def balanced_accuracy(
    present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5
) -> Measure:
    """Mean of recall and specificity.

    Arguments as in `precision`.

    Returns:
        In [0, 1]; 0.5 is chance; nan where a class is missing.

    Source: Brodersen et al. 2010, The balanced accuracy and its posterior distribution, ICPR.

    >>> balanced_accuracy([0, 0, 1, 1], [0.1, 0.6, 0.7, 0.8])
    0.75
    """
    n = Decisions.of(present, score, weight, threshold)
    return answer((ratio(n.tp, n.tp + n.fn) + ratio(n.tn, n.tn + n.fp)) / 2, weight)
