"""True negatives: images rightly left alone."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer
from hilum.registry import register


@register
@family("count")
def true_negatives(
    present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5
) -> Measure:
    """Images without the finding that are not called.

    Arguments as in `true_positives`.

    >>> true_negatives([0, 0, 0, 1], [0.1, 0.6, 0.35, 0.8])
    2.0
    """
    return answer(Decisions.of(present, score, weight, threshold).tn, weight)
