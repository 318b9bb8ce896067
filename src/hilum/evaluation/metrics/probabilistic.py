"""Metrics of the probabilities themselves: is 30 % really 30 %? They take probabilities; no sigmoid is applied."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.sums import Measure, Weight, Weights, answer, ratio
from hilum.registry import register

SMALLEST = float(np.finfo(np.float64).eps)  # a probability of exactly 0 or 1 would cost infinitely much


@register
def brier(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """Mean squared distance between probability and truth; lower is better.

    Always saying the prevalence p scores p (1 - p): 0.05 for a finding on 5 % of the images.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.
        weight: (N,) how often each row counts, or (N, R) or Weights for R replicates; all ones if left out.

    Returns:
        In [0, 1]; nan without images.

    Source: Brier 1950, Monthly Weather Review 78:1-3.

    >>> round(brier([0, 0, 1, 1], [0.1, 0.4, 0.3, 0.8]), 4)
    0.175
    """
    distance = np.asarray(score, dtype=np.float64) - np.asarray(present)
    return answer(Weights.of(weight, len(distance)).mean(distance**2), weight)


@register
def log_loss(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """Mean of -log of the probability given to what is true (cross-entropy, in nats); lower is better.

    Arguments as in `brier`. Probabilities of 0 and 1 are moved inside by the smallest step of a float.

    Returns:
        At least 0; nan without images.

    Source: Good 1952, Rational decisions, J R Statist Soc B 14:107-114.

    >>> round(log_loss([0, 1], [0.2, 0.8]), 4)
    0.2231
    """
    given = np.clip(np.asarray(score, dtype=np.float64), SMALLEST, 1 - SMALLEST)
    cost = -np.log(np.where(np.asarray(present) == 1, given, 1 - given))
    return answer(Weights.of(weight, len(cost)).mean(cost), weight)


@register
def expected_calibration_error(
    present: ArrayLike, score: ArrayLike, weight: Weight = None, *, bins: int = 15
) -> Measure:
    """How far observed frequency lies from predicted probability, averaged over equally wide bins; lower is better.

    It is never below what chance alone gives with so many images, and changes with the bins: compare it only between
    predictions for the same images. A bootstrap adds chance to chance: its replicates lie above the value itself.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.
        weight: (N,) how often each row counts, or (N, R) or Weights for R replicates; all ones if left out.
        bins: how many, each closed on the right; the first also on the left.

    Returns:
        In [0, 1]; nan without images.

    Source: Naeini, Cooper & Hauskrecht 2015, Obtaining well calibrated probabilities using Bayesian binning, AAAI.

    >>> round(expected_calibration_error([0, 0, 1, 1], [0.1, 0.1, 0.9, 0.5]), 4)
    0.2
    """
    given = np.asarray(score, dtype=np.float64)
    place = np.clip(np.ceil(given * bins).astype(np.int64) - 1, 0, bins - 1)
    held = Weights.of(weight, len(given))
    distance = np.abs(held.sums(place, bins, given - np.asarray(present))).sum(axis=0)
    return answer(ratio(distance, held.total(np.ones(len(given)))), weight)
