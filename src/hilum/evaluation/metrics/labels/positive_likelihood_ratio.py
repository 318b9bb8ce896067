"""Positive likelihood ratio: how much a call raises the odds."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer, ratio
from hilum.registry import register


@register
@family("call")
def positive_likelihood_ratio(
    present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5
) -> Measure:
    """How many times likelier a call is with the finding than without: sensitivity / (1 - specificity).

    Arguments as in `precision`.

    Returns:
        From 0 up, 1 says nothing; nan where no image without the finding is called or a class is missing.

    Source: Deeks & Altman 2004, BMJ 329:168-169.

    >>> positive_likelihood_ratio([0, 0, 0, 0, 1, 1], [0.6, 0.1, 0.1, 0.1, 0.4, 0.9])
    2.0
    """
    n = Decisions.of(present, score, weight, threshold)
    return answer(ratio(n.tp * (n.tn + n.fp), n.known(n.fp * (n.tp + n.fn))), weight)
