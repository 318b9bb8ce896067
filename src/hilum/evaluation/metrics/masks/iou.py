"""IoU: the shared part of two regions."""

from hilum.evaluation.matching.masks import MaskMatch
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer, ratio
from hilum.registry import register


@register
def iou(match: MaskMatch, weight: Weight = None) -> Measure:
    """Intersection over union of both regions, averaged over images.

    An image on which both regions are empty counts as 1.

    Args:
        match: pixels of N images.
        weight: (N,) how often each image counts, or (N, R) or Weights for R replicates; all ones if left out.

    Returns:
        In [0, 1]; nan without images.

    Source: Jaccard 1912, New Phytologist 11:37-50.

    >>> import numpy as np
    >>> iou(MaskMatch(np.array([2.0, 0]), np.array([4.0, 0]), np.array([4.0, 0]), np.arange(2)))
    0.6666666666666666
    """
    each = ratio(match.shared, match.predicted + match.actual - match.shared, empty=1.0)
    return answer(Weights.of(weight, len(each)).mean(each), weight)
