"""Fleiss' kappa: agreement of several readers beyond chance."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer, ratio
from hilum.schema import DataError


def fleiss_kappa(ratings: ArrayLike, weight: Weight = None) -> Measure:
    """Agreement of several readers beyond chance, each image read by as many.

    Args:
        ratings: (N, readers) the category each reader gave each image, as 0 or 1; any numbers do.
        weight: (N,) how often each image counts, or (N, R) or Weights for R replicates; all ones if left out.

    Returns:
        At most 1; 0 is chance; nan where every rating is the same.

    Source: Fleiss 1971, Psychological Bulletin 76:378-382.

    >>> round(fleiss_kappa([[1, 1, 1], [0, 0, 1], [0, 0, 0], [1, 1, 0]]), 4)
    0.3333
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < 2 or np.isnan(table).any():
        raise DataError(
            f"Ratings of shape {table.shape} for Fleiss' kappa. Expected images x readers, two or more, none missing."
        )
    images, readers = table.shape
    weights = Weights.of(weight, images)
    counts = np.stack([(table == category).sum(axis=1) for category in np.unique(table)], axis=1).astype(np.float64)
    agreed = weights.mean(((counts**2).sum(axis=1) - readers) / (readers * (readers - 1)))
    shares = np.stack([weights.mean(category / readers) for category in counts.T])
    chance = (shares**2).sum(axis=0)
    apart = np.where(1 - chance > 1e-12, 1 - chance, 0.0)  # every rating the same, but for rounding
    return answer(ratio(agreed - chance, apart), weight)
