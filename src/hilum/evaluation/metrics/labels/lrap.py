"""Label-ranking average precision: do the true findings of an image rank first?"""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sets import mean_over_known, tables_of
from hilum.evaluation.metrics.sums import Measure, Weight
from hilum.registry import register


@register
@family("set")
def lrap(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """Of the findings ranked at or above a true one, the share that is true: mean over true ones, then images.

    An image with none or all of the findings counts as 1, as scikit-learn has it; where half the images are without
    finding, half of the value is a gift. Arguments as in `hamming_loss`.

    Returns:
        In (0, 1]; nan without images whose labels are all known.

    Source: Tsoumakas et al. 2010, Mining multi-label data, Data Mining and Knowledge Discovery Handbook.

    >>> round(lrap([[1, 0, 0], [0, 0, 1]], [[0.75, 0.5, 1], [1, 0.2, 0.1]]), 4)
    0.4167
    """
    labels, scores = tables_of(present, score)
    true = labels == 1
    above = scores[:, None, :] >= scores[:, :, None]  # (N, K, K): finding k stands at or above finding j
    precision = (above & true[:, None, :]).sum(axis=2) / np.maximum(above.sum(axis=2), 1)
    trues = true.sum(axis=1)
    mean = (precision * true).sum(axis=1) / np.maximum(trues, 1)
    return mean_over_known(np.where(trues > 0, mean, 1.0), labels, weight)
