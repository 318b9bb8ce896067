"""Coverage error: how deep in an image's ranked findings the true ones lie."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sets import mean_over_known, tables_of
from hilum.evaluation.metrics.sums import Measure, Weight
from hilum.registry import register


@register
@family("set")
def coverage_error(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """How far down an image's ranked findings one must read to meet all that are there; lower is better.

    An image with none of the findings counts as 0, as scikit-learn has it, so the best value is the mean number of
    findings an image. Arguments as in `hamming_loss`.

    Returns:
        In [0, K]; nan without images whose labels are all known.

    Source: Tsoumakas et al. 2010, Mining multi-label data, Data Mining and Knowledge Discovery Handbook.

    >>> coverage_error([[1, 0, 0], [0, 0, 1]], [[0.75, 0.5, 1], [1, 0.2, 0.1]])
    2.5
    """
    labels, scores = tables_of(present, score)
    lowest = np.where(labels == 1, scores, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    return mean_over_known((scores >= lowest).sum(axis=1).astype(np.float64), labels, weight)
