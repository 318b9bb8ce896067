"""Integrated calibration index: how far the probabilities lie from a smooth curve through the labels."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.inputs import checked
from hilum.evaluation.metrics.recalibration import log_odds
from hilum.evaluation.metrics.sums import Measure, Values, Weight, Weights, answer
from hilum.registry import register

KNOTS = (0.05, 0.35, 0.65, 0.95)  # quantiles of the log-odds, as Harrell recommends for four
RIDGE = 1e-6  # keeps the fit finite where the classes part
STEPS = 50


@register
@family("probability")
def integrated_calibration_index(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """Mean distance between a probability and the calibrated one, read from a smooth curve; 0 is perfect.

    The curve is a logistic regression of the labels on a restricted cubic spline of the log-odds, so that no bins are
    chosen. Chance alone keeps it above 0, and a bootstrap adds chance to chance, so no interval is given for it.

    Arguments as in `brier`.

    Returns:
        In [0, 1]; nan where a class is missing.

    Source: Austin & Steyerberg 2019, Statistics in Medicine 38:4051-4065; knots from Harrell 2015, Regression modeling
    strategies, table 2.3.

    >>> round(integrated_calibration_index([0, 1] * 50, [0.3, 0.7] * 50), 2)
    0.3
    """
    labels, scores = checked(present, score, probability=True)
    held = Weights.of(weight, len(labels))
    table = held.table[held.group]  # (N, R)
    return answer(np.array([_distance(labels, scores, column) for column in table.T]), weight)


def basis(x: Values, weight: Values) -> Values:
    """(N, 4) restricted cubic spline: 1, x, and two terms that are straight outside the outer knots.

    Of fewer than four distinct knots a straight line alone, (N, 2). The knots are quantiles of the weighted values.
    """
    knots = np.unique(np.quantile(x, KNOTS, method="inverted_cdf", weights=weight))
    line = np.stack([np.ones_like(x), x], axis=1)
    if len(knots) < len(KNOTS):
        return line
    last, before, span = knots[-1], knots[-2], (knots[-1] - knots[0]) ** 2
    cubes = [np.clip(x - knot, 0, None) ** 3 for knot in (before, last)]
    bends = [
        np.clip(x - knot, 0, None) ** 3
        - cubes[0] * (last - knot) / (last - before)
        + cubes[1] * (before - knot) / (last - before)
        for knot in knots[:-2]
    ]
    return np.concatenate([line, np.stack(bends, axis=1) / span], axis=1)


def _distance(present: Values, score: Values, weight: Values) -> float:
    """Weighted mean distance to the fitted curve."""
    total = weight.sum()
    if not 0 < float(present @ weight) < total:
        return float("nan")
    curve = basis(log_odds(score), weight)
    theta = np.zeros(curve.shape[1])
    penalty = RIDGE * total * np.eye(len(theta))
    for _ in range(STEPS):
        chance = expit(curve @ theta)
        down = curve.T @ (weight * (present - chance)) - penalty @ theta
        step = np.linalg.solve((curve.T * (weight * chance * (1 - chance))) @ curve + penalty, down)
        theta = theta + np.clip(step, -4, 4)
        if np.abs(step).max() < 1e-9:
            break
    return float(weight @ np.abs(score - expit(curve @ theta)) / total)
