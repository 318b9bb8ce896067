"""False positives: images called wrongly."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer
from hilum.registry import register


@register
@family("count")
def false_positives(
    present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5
) -> Measure:
    """Images without the finding that are called.

    Arguments as in `true_positives`.

    >>> false_positives([0, 0, 0, 1], [0.1, 0.6, 0.35, 0.8])
    1.0
    """
    return answer(Decisions.of(present, score, weight, threshold).fp, weight)
