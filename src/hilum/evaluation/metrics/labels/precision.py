"""Precision, or positive predictive value."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer, ratio
from hilum.registry import register


@register
@family("call")
def precision(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Share of the called images that have the finding (positive predictive value).

    Args:
        present: (N,) 0 or 1.
        score: (N,) called where `score >= threshold`.
        weight: (N,) how often each row counts, or (N, R) or Weights for R replicates; all ones if left out.
        threshold: in the unit of the score; one number, or (N,) one a row.

    Returns:
        In [0, 1]; 0 where nothing is called; nan where a class is missing.

    >>> precision([0, 0, 1, 1], [0.1, 0.6, 0.35, 0.8])
    0.5
    """
    n = Decisions.of(present, score, weight, threshold)
    return answer(n.known(ratio(n.tp, n.tp + n.fp, empty=0.0)), weight)
