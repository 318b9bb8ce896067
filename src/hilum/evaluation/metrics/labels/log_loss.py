"""Log loss: the cross-entropy of probabilities."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.inputs import checked
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer
from hilum.registry import register

SMALLEST = float(np.finfo(np.float64).eps)  # a probability of exactly 0 or 1 would cost infinitely much


@register
@family("probability")
def log_loss(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """Mean of -log of the probability given to what is true (cross-entropy, in nats); lower is better.

    Arguments as in `brier`. Probabilities of 0 and 1 are moved inside by the smallest step of a float.

    Returns:
        At least 0; nan without images.

    Source: Good 1952, Rational decisions, J R Statist Soc B 14:107-114.

    >>> round(log_loss([0, 1], [0.2, 0.8]), 4)
    0.2231
    """
    labels, scores = checked(present, score, probability=True)
    given = np.clip(scores, SMALLEST, 1 - SMALLEST)
    cost = -np.log(np.where(labels == 1, given, 1 - given))
    return answer(Weights.of(weight, len(cost)).mean(cost), weight)
