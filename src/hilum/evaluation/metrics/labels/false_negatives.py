"""False negatives: images missed."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer
from hilum.registry import register


@register
@family("count")
def false_negatives(
    present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5
) -> Measure:
    """Images with the finding that are not called.

    Arguments as in `true_positives`.

    >>> false_negatives([0, 0, 0, 1], [0.1, 0.6, 0.35, 0.8])
    0.0
    """
    return answer(Decisions.of(present, score, weight, threshold).fn, weight)
