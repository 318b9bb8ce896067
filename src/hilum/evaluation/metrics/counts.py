"""The four counts of a confusion matrix, as metrics: how many images were called rightly and wrongly."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.sums import Measure, Weight, answer
from hilum.evaluation.metrics.thresholded import Decisions
from hilum.registry import register


@register
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


@register
def false_positives(
    present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5
) -> Measure:
    """Images without the finding that are called.

    Arguments as in `true_positives`.

    >>> false_positives([0, 0, 0, 1], [0.1, 0.6, 0.35, 0.8])
    1.0
    """
    return answer(Decisions.of(present, score, weight, threshold).fp, weight)


@register
def false_negatives(
    present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5
) -> Measure:
    """Images with the finding that are not called.

    Arguments as in `true_positives`.

    >>> false_negatives([0, 0, 0, 1], [0.1, 0.6, 0.35, 0.8])
    0.0
    """
    return answer(Decisions.of(present, score, weight, threshold).fn, weight)


@register
def true_negatives(
    present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5
) -> Measure:
    """Images without the finding that are not called.

    Arguments as in `true_positives`.

    >>> true_negatives([0, 0, 0, 1], [0.1, 0.6, 0.35, 0.8])
    2.0
    """
    return answer(Decisions.of(present, score, weight, threshold).tn, weight)
