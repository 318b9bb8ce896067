"""Placements: the share of the other class that an image outranks."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from hilum.evaluation.metrics.sums import Values


def placements(present: ArrayLike, score: Values) -> Values:
    """(M,) of a positive the share of negatives below it, of a negative the share of positives above; ties half.

    Args:
        present: (M,) 0 or 1, both there.
        score: (M,) any real number.

    Source: Sun & Xu 2014, IEEE Signal Processing Letters 21:1389-1393 (by ranks, in M log M).

    >>> placements([0, 0, 1, 1], np.array([0.1, 0.4, 0.4, 0.8])).tolist()
    [1.0, 0.75, 0.75, 1.0]
    """
    positive = np.asarray(present) == 1
    placed, ranks = np.empty(len(score)), rankdata(score)
    placed[positive] = (ranks[positive] - rankdata(score[positive])) / (~positive).sum()
    placed[~positive] = 1 - (ranks[~positive] - rankdata(score[~positive])) / positive.sum()
    return placed
