"""Recall, or sensitivity."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer, ratio
from hilum.registry import register


@register
@family("call")
def recall(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Share of the images with the finding that are called (sensitivity).

    Arguments as in `precision`.

    Returns:
        In [0, 1]; nan where no image has the finding.

    >>> recall([0, 0, 1, 1], [0.1, 0.6, 0.35, 0.8])
    0.5
    """
    n = Decisions.of(present, score, weight, threshold)
    return answer(ratio(n.tp, n.tp + n.fn), weight)
