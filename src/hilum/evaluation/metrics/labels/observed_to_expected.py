"""Observed to expected: are the probabilities right on the whole?"""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.inputs import checked
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer, ratio
from hilum.registry import register


@register
@family("probability")
def observed_to_expected(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """Images with the finding for each that the probabilities add up to.

    Arguments as in `brier`.

    Returns:
        From 0 up; 1 is right on the whole, above 1 the probabilities are too low; nan where a class is missing.

    Source: Steyerberg et al. 2010, Epidemiology 21:128-138; Collins et al. 2024, BMJ 384:e074819.

    >>> round(observed_to_expected([0, 0, 1, 1], [0.1, 0.4, 0.3, 0.8]), 4)
    1.25
    """
    labels, scores = checked(present, score, probability=True)
    weights = Weights.of(weight, len(labels))
    seen = weights.mean(labels)
    seen = np.where((seen > 0) & (seen < 1), seen, np.nan)
    return answer(ratio(seen, weights.mean(scores)), weight)
