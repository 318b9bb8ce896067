"""One point of the FROC curve: sensitivity at a number of false boxes an image."""

from functools import partial

from hilum.evaluation.matching.boxes import BoxMatch, Hit
from hilum.evaluation.metrics.box_steps import on_steps, sensitivity_at
from hilum.evaluation.metrics.sums import Measure, Weight
from hilum.registry import register


@register
def froc_sensitivity(match: BoxMatch, weight: Weight = None, *, false_boxes: float = 1.0, hit: Hit = 0.4) -> Measure:
    """Highest share of the true boxes that is found with at most so many false boxes an image.

    Args:
        match: M predicted boxes on N images.
        weight: (N,) how often each image counts, or (N, R) or Weights for R replicates; all ones if left out.
        false_boxes: mean number an image of boxes that find nothing, over all images.
        hit: what counts as found: the least intersection over union, or `center`.

    Returns:
        In [0, 1]; nan without true boxes.

    Source: Chakraborty 1989, Maximum likelihood analysis of free-response receiver operating characteristic (FROC)
        data, Medical Physics 16:561-568.

    >>> import numpy as np
    >>> two = BoxMatch(np.array([0, 0, 1]), np.array([0.9, 0.8, 0.6]), np.array([[0.7], [0.1], [0.5]]),
    ...                np.array([[True], [False], [True]]), np.array([1.0, 1.0]), np.arange(2))
    >>> froc_sensitivity(two, false_boxes=0.25), froc_sensitivity(two, false_boxes=0.5)
    (0.5, 1.0)
    """
    return on_steps(partial(sensitivity_at, false_boxes=false_boxes), match, weight, hit)
