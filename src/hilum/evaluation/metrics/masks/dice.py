"""Dice: how well a predicted region covers the true one."""

from hilum.evaluation.matching.masks import MaskMatch
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer, ratio
from hilum.registry import register


@register
def dice(match: MaskMatch, weight: Weight = None) -> Measure:
    """Twice the shared pixels over the sum of both regions, averaged over images.

    An image on which both regions are empty counts as 1.

    Args:
        match: pixels of N images.
        weight: (N,) how often each image counts, or (N, R) or Weights for R replicates; all ones if left out.

    Returns:
        In [0, 1]; nan without images.

    Source: Dice 1945, Ecology 26:297-302.

    >>> import numpy as np
    >>> dice(MaskMatch(np.array([2.0, 0]), np.array([4.0, 0]), np.array([4.0, 0]), np.arange(2)))
    0.75
    """
    each = ratio(2 * match.shared, match.predicted + match.actual, empty=1.0)
    return answer(Weights.of(weight, len(each)).mean(each), weight)
