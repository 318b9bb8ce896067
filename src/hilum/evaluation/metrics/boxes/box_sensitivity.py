"""Sensitivity of boxes: the share of the true ones that are found."""

import numpy as np

from hilum.evaluation.matching.boxes import BoxMatch, Hit
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer, ratio
from hilum.registry import register


@register
def box_sensitivity(match: BoxMatch, weight: Weight = None, *, threshold: float = 0.5, hit: Hit = 0.4) -> Measure:
    """Share of the true boxes that a predicted box found.

    Args:
        match: M predicted boxes on N images.
        weight: (N,) how often each image counts, or (N, R) or Weights for R replicates; all ones if left out.
        threshold: only boxes whose score reaches it count.
        hit: what counts as found: the least intersection over union, or `center`.

    Returns:
        In [0, 1]; nan without true boxes.

    >>> two = BoxMatch(np.array([0, 0, 1]), np.array([0.9, 0.6, 0.8]), np.array([[0.7], [0.1], [0.5]]),
    ...                np.array([[True], [False], [True]]), np.array([1.0, 3.0]), np.arange(2))
    >>> box_sensitivity(two)
    0.5
    """
    held = Weights.of(weight, len(match.actual))
    right = match.found(hit) & (match.score >= threshold)
    return answer(ratio(held.at(match.image).total(right.astype(np.float64)), held.total(match.actual)), weight)
