"""Average precision of boxes: the area under their precision-recall curve, step by step."""

import numpy as np

from hilum.evaluation.matching.boxes import BoxMatch
from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer, ratio
from hilum.registry import register


@register
def box_average_precision(match: BoxMatch, weight: Weight = None) -> Measure:
    """Over all true boxes, the mean of the precision reached when one is found; 0 for one that never is.

    Boxes of one score stand together: each counts with the precision after all of them.

    Args:
        match: M predicted boxes on N images.
        weight: (N,) how often each image counts, or (N, R) or Weights for R replicates; all ones if left out.

    Returns:
        In [0, 1]; nan without true boxes.

    Source: Everingham et al. 2010, The PASCAL visual object classes challenge, IJCV 88:303-338 (its area, without
    making the curve fall).

    >>> two = BoxMatch(np.array([0, 0, 1]), np.array([0.9, 0.8, 0.6]), np.array([True, False, True]),
    ...                np.array([1.0, 1.0]), np.arange(2), 0.4)
    >>> round(box_average_precision(two), 4)
    0.8333
    """
    held = Weights.of(weight, len(match.actual))
    rungs, place = np.unique(-match.score, return_inverse=True)
    boxes = held.at(match.image)
    called = np.cumsum(boxes.sums(place, len(rungs)), axis=0)  # (rungs, R), the surest first
    right = boxes.sums(place, len(rungs), match.found.astype(np.float64))
    precision = ratio(np.cumsum(right, axis=0), called, empty=0.0)
    return answer(ratio((right * precision).sum(axis=0), held.total(match.actual)), weight)
