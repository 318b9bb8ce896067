"""Specificity."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer, ratio
from hilum.registry import register


@register
@family("call")
def specificity(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Share of the images without the finding that are not called.

    Arguments as in `precision`.

    Returns:
        In [0, 1]; nan where every image has the finding.

    >>> specificity([0, 0, 0, 1], [0.1, 0.6, 0.35, 0.8])
    0.6666666666666666
    """
    n = Decisions.of(present, score, weight, threshold)
    return answer(ratio(n.tn, n.tn + n.fp), weight)
