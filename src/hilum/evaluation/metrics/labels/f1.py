"""F1: precision and recall in one number."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer, ratio
from hilum.registry import register


@register
@family("call")
def f1(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Harmonic mean of precision and recall.

    Arguments as in `precision`.

    Returns:
        In [0, 1]; nan where a class is missing.

    >>> f1([0, 0, 1, 1], [0.1, 0.6, 0.35, 0.8])
    0.5
    """
    n = Decisions.of(present, score, weight, threshold)
    return answer(n.known(ratio(2 * n.tp, 2 * n.tp + n.fp + n.fn)), weight)
