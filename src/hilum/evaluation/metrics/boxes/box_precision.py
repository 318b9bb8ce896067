"""Precision of boxes: the share of the predicted ones that find a true one."""

import numpy as np

from hilum.evaluation.matching.boxes import BoxMatch, Hit
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer, ratio
from hilum.registry import register


@register
def box_precision(match: BoxMatch, weight: Weight = None, *, threshold: float = 0.5, hit: Hit = 0.4) -> Measure:
    """Share of the predicted boxes that found a true one.

    Arguments as in `box_sensitivity`.

    Returns:
        In [0, 1]; nan without predicted boxes.

    >>> two = BoxMatch(np.array([0, 0, 1]), np.array([0.9, 0.6, 0.8]), np.array([[0.7], [0.1], [0.5]]),
    ...                np.array([[True], [False], [True]]), np.array([1.0, 3.0]), np.arange(2))
    >>> round(box_precision(two), 4)
    0.6667
    """
    boxes = Weights.of(weight, len(match.actual)).at(match.image)
    drawn = match.score >= threshold
    right = match.found(hit) & drawn
    return answer(ratio(boxes.total(right.astype(np.float64)), boxes.total(drawn.astype(np.float64))), weight)
