"""False boxes: how many an image bears that find nothing."""

import numpy as np

from hilum.evaluation.matching.boxes import BoxMatch, Hit
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer, ratio
from hilum.registry import register


@register
def false_boxes(match: BoxMatch, weight: Weight = None, *, threshold: float = 0.5, hit: Hit = 0.4) -> Measure:
    """Mean number of boxes an image that find no true box; lower is better.

    Arguments as in `box_sensitivity`.

    Returns:
        At least 0; nan without images.

    >>> two = BoxMatch(np.array([0, 0, 1]), np.array([0.9, 0.6, 0.8]), np.array([[0.7], [0.1], [0.5]]),
    ...                np.array([[True], [False], [True]]), np.array([1.0, 3.0]), np.arange(2))
    >>> false_boxes(two)
    0.5
    """
    held = Weights.of(weight, len(match.actual))
    wrong = (~match.found(hit) & (match.score >= threshold)).astype(np.float64)
    return answer(ratio(held.at(match.image).total(wrong), held.size), weight)
