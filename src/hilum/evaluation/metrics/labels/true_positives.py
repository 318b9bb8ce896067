"""True positives: images rightly called."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer
from hilum.registry import register


@register
@family("count")
def true_positives(
    present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5
) -> Measure:
    """Images with the finding that are called.

    Args:
        present: (N,) 0 or 1.
        score: (N,) called where `score >= threshold`.
        weight: (N,) how often each row counts, or (N, R) or Weights for R replicates; all ones if left out.
        threshold: in the unit of the score; one number, or (N,) one a row.

    >>> true_positives([0, 0, 0, 1], [0.1, 0.6, 0.35, 0.8])
    1.0
    """
    return answer(Decisions.of(present, score, weight, threshold).tp, weight)
