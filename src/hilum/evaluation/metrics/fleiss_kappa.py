"""Fleiss' kappa: agreement of several readers beyond chance."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.schema import DataError


def fleiss_kappa(ratings: ArrayLike) -> float:
    """Agreement of several readers beyond chance, each image read by as many.

    Args:
        ratings: (N, readers) the category each reader gave each image, as 0 or 1; any numbers do.

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
    counts = np.stack([(table == category).sum(axis=1) for category in np.unique(table)], axis=1)
    agreed = ((counts**2).sum(axis=1) - readers) / (readers * (readers - 1))
    chance = float(((counts.sum(axis=0) / (images * readers)) ** 2).sum())
    return float((agreed.mean() - chance) / (1 - chance)) if chance < 1 else float("nan")
