"""Reliability: of the images given 30 %, do 30 % have the finding?"""

from typing import Any

import numpy as np

from hilum.evaluation.metrics.sums import Values, Weights, ratio

BINS = 10


def reliability(present: Values, score: Values, weights: Weights, *, bins: int = BINS) -> dict[str, Any]:
    """Predicted probability against observed frequency, in equally full bins.

    Equally full, as most images have low probabilities: of equally wide bins all but the first would be nearly empty.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.
        weights: (N, C) of the images; column 0 is all ones, the others are bootstrap replicates.
        bins: how many, at most.

    Returns:
        Lists of one value a bin: `predicted` and `observed` means, `low` and `high` (95 % band of observed), `images`.

    Source: DeGroot & Fienberg 1983, The Statistician 32:12-22.
    """
    edges = np.unique(np.quantile(score, np.linspace(0, 1, bins + 1)[1:-1]))
    place, count = np.searchsorted(edges, score, side="right"), len(edges) + 1
    images, positives = weights.sums(place, count), weights.sums(place, count, present)
    observed = ratio(positives, images)
    predicted = np.bincount(place, score, count) / np.maximum(images[:, 0], 1)
    drawn = [row[~np.isnan(row)] for row in observed[:, 1:]]
    low, high = np.array([np.percentile(row, (2.5, 97.5)) if len(row) else (np.nan, np.nan) for row in drawn]).T
    full = images[:, 0] > 0
    return {
        "predicted": predicted[full],
        "observed": observed[full, 0],
        "low": low[full],
        "high": high[full],
        "images": images[full, 0].astype(int),
    }
