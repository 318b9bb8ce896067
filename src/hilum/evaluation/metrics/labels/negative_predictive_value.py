"""Negative predictive value."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer, ratio
from hilum.registry import register


@register
@family("call")
def negative_predictive_value(
    present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5
) -> Measure:
    """Share of the images that are not called that are without the finding.

    Arguments as in `precision`.

    Returns:
        In [0, 1]; nan where every image is called or a class is missing.

    >>> negative_predictive_value([0, 0, 1, 1], [0.1, 0.6, 0.35, 0.8])
    0.5
    """
    n = Decisions.of(present, score, weight, threshold)
    return answer(n.known(ratio(n.tn, n.tn + n.fn)), weight)
