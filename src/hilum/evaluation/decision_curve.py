"""Decision curves: is acting on the model better than acting on everyone, or on no one?"""

from typing import Any

import numpy as np

from hilum.evaluation.metrics.sums import Values, Weights

POINTS = 60
MOST = 0.6  # thresholds above are no one's for findings on a few percent of the images


def decision_curve(
    present: Values, score: Values, weights: Weights, *, thresholds: Values | None = None
) -> dict[str, Any]:
    """Net benefit at each threshold probability: true calls less false ones at their price.

    A reader who acts from a probability t on holds one miss as bad as (1 - t) / t false alarms; that is the price.
    The curve means something only for calibrated probabilities.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.
        weights: (N, C) of the images; column 0 is all ones, the others are bootstrap replicates.
        thresholds: (T,) in (0, 1), rising; 0.01 to 0.6 if left out.

    Returns:
        Lists of one value a threshold: `threshold`, `net_benefit` (true calls an image), its band `low` and `high`, and
        `all`, the net benefit of calling every image; calling none has 0.

    Source: Vickers & Elkin 2006, Medical Decision Making 26:565-574.
    """
    at = np.linspace(0.01, MOST, POINTS) if thresholds is None else thresholds
    place, count = np.searchsorted(at, score, side="right"), len(at) + 1
    images = weights.sums(place, count)
    true = weights.sums(place, count, present)
    called, found = (np.cumsum(held[:0:-1], axis=0)[::-1] for held in (images, true))
    price = (at / (1 - at))[:, None]
    benefit = (found - (called - found) * price) / images.sum(axis=0)
    share = true[:, 0].sum() / images[:, 0].sum()
    low, high = np.percentile(benefit[:, 1:], (2.5, 97.5), axis=1)
    everyone = share - (1 - share) * price[:, 0]
    return {"threshold": at, "net_benefit": benefit[:, 0], "low": low, "high": high, "all": everyone}
