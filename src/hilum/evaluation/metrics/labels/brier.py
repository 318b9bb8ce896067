"""The Brier score: squared error of probabilities."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.inputs import checked
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer
from hilum.registry import register


@register
@family("probability")
def brier(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """Mean squared distance between probability and truth; lower is better.

    Always saying the prevalence p scores p (1 - p): 0.05 for a finding on 5 % of the images.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.
        weight: (N,) how often each row counts, or (N, R) or Weights for R replicates; all ones if left out.

    Returns:
        In [0, 1]; nan without images.

    Source: Brier 1950, Monthly Weather Review 78:1-3.

    >>> round(brier([0, 0, 1, 1], [0.1, 0.4, 0.3, 0.8]), 4)
    0.175
    """
    labels, scores = checked(present, score, probability=True)
    distance = scores - labels
    return answer(Weights.of(weight, len(distance)).mean(distance**2), weight)
