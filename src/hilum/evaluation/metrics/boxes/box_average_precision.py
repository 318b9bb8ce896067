"""Average precision of boxes: the area under their precision-recall curve."""

from hilum.evaluation.matching.boxes import BoxMatch, Hit
from hilum.evaluation.metrics.box_steps import area, on_steps
from hilum.evaluation.metrics.sums import Measure, Weight
from hilum.registry import register


@register
def box_average_precision(match: BoxMatch, weight: Weight = None, *, hit: Hit = 0.4) -> Measure:
    """Over all true boxes, the mean of the highest precision at which one is found; 0 for one that never is.

    At an overlap of 0.4 this is the measure of the VinDr (VinBigData) challenge. Boxes of one score stand together:
    each counts with the precision after all of them.

    Args:
        match: M predicted boxes on N images.
        weight: (N,) how often each image counts, or (N, R) or Weights for R replicates; all ones if left out.
        hit: what counts as found: the least intersection over union, or `center`.

    Returns:
        In [0, 1]; nan without true boxes.

    Source: Everingham et al. 2010, The PASCAL visual object classes challenge, IJCV 88:303-338 (its area, all points).

    >>> import numpy as np
    >>> two = BoxMatch(np.array([0, 0, 1]), np.array([0.9, 0.8, 0.6]), np.array([[0.7], [0.1], [0.5]]),
    ...                np.array([[True], [False], [True]]), np.array([1.0, 1.0]), np.arange(2))
    >>> round(box_average_precision(two), 4)
    0.8333
    """
    return on_steps(area, match, weight, hit)
