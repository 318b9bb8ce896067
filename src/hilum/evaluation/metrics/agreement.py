"""Agreement beyond chance, between a model and its labels or between readers."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.sums import Measure, Weight, answer, ratio
from hilum.evaluation.metrics.thresholded import Decisions
from hilum.registry import register
from hilum.schema import DataError


@register
def cohen_kappa(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Agreement of two raters beyond what their rates of calling alone would give.

    One rater is the label, the other the score at the threshold; for two readers, give the second one's calls (0 or
    1) as the score.

    Args:
        present: (N,) 0 or 1.
        score: (N,) called where `score >= threshold`.
        weight: (N,) how often each row counts, or (N, R) or Weights for R replicates; all ones if left out.
        threshold: in the unit of the score; one number, or (N,) one a row.

    Returns:
        In [-1, 1]; 0 is chance; nan where both raters say the same of every image.

    Source: Cohen 1960, Educational and Psychological Measurement 20:37-46.

    >>> round(cohen_kappa([0, 0, 1, 1], [0, 1, 1, 1]), 4)
    0.5
    """
    n = Decisions.of(present, score, weight, threshold)
    total = n.tn + n.fp + n.fn + n.tp
    chance = (n.tp + n.fp) * (n.tp + n.fn) + (n.tn + n.fn) * (n.tn + n.fp)
    return answer(ratio((n.tp + n.tn) * total - chance, total**2 - chance), weight)


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
