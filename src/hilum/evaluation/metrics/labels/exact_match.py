"""Exact match: images on which every call is right."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sets import mean_over_known, tables_of
from hilum.evaluation.metrics.sums import Measure, Weight
from hilum.registry import register


@register
@family("set")
def exact_match(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Share of the images on which every finding is called rightly.

    Arguments as in `hamming_loss`.

    Returns:
        In [0, 1]; nan without images whose labels are all known.

    >>> exact_match([[1, 0], [0, 1]], [[0.9, 0.8], [0.2, 0.7]])
    0.5
    """
    labels, scores = tables_of(present, score)
    right = ((scores >= np.asarray(threshold)) == (labels == 1)).all(axis=1)
    return mean_over_known(right.astype(np.float64), labels, weight)
