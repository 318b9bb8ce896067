"""Accuracy: the share of right calls."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer, ratio
from hilum.registry import register


@register
@family("call")
def accuracy(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Share of the images on which the call is right.

    Arguments as in `precision`.

    For a finding on 5 % of the images, calling none is 95 % accurate: read it beside balanced accuracy.

    Returns:
        In [0, 1]; nan without images.

    >>> accuracy([0, 0, 0, 1], [0.1, 0.6, 0.35, 0.8])
    0.75
    """
    n = Decisions.of(present, score, weight, threshold)
    return answer(ratio(n.tp + n.tn, n.tp + n.tn + n.fp + n.fn), weight)
