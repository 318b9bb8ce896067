"""Brier skill: the Brier score beside that of always saying the prevalence."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.inputs import checked
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer, ratio
from hilum.registry import register


@register
@family("probability")
def brier_skill(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """How much of the Brier score of always saying the prevalence is taken away; higher is better.

    Unlike the Brier score it does not look good by rarity alone.

    Arguments as in `brier`.

    Returns:
        At most 1; 0 is no better than the prevalence of these images, below 0 is worse; nan where a class is missing.

    Source: Brier 1950, Monthly Weather Review 78:1-3; Murphy 1973, J Applied Meteorology 12:595-600.

    >>> round(brier_skill([0, 0, 1, 1], [0.1, 0.4, 0.3, 0.8]), 4)
    0.3
    """
    labels, scores = checked(present, score, probability=True)
    weights = Weights.of(weight, len(labels))
    share = weights.mean(labels)
    spread = np.where((share > 0) & (share < 1), share * (1 - share), np.nan)
    return answer(1 - ratio(weights.mean((scores - labels) ** 2), spread), weight)
