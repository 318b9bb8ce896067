"""The line from log-odds to labels, fitted by logistic regression under many weights at once."""

import numpy as np
from scipy.special import expit

from hilum.evaluation.calibrators.lines import SMALLEST
from hilum.evaluation.metrics.sums import CELLS, Values, Weights

STEPS = 60
DONE = 1e-12  # of a step
STEEPEST = 1e4  # beyond, the classes are parted wholly: no line is the best


def log_odds(score: Values) -> Values:
    """(N,) log-odds of probabilities, those of 0 and 1 held a little inside."""
    held = np.clip(score, SMALLEST, 1 - SMALLEST)
    return np.asarray(np.log(held) - np.log1p(-held))


def line(present: Values, score: Values, weights: Weights, *, slope: bool) -> Values:
    """(2, R) intercept and slope of logit P(present) = intercept + slope * log-odds, for each column of weights.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.
        weights: of R columns.
        slope: fit it; else it is 1.
    """
    logit, columns = log_odds(score), weights.table.shape[1]
    width = max(1, CELLS // max(1, len(logit)))
    parts = [
        _fitted(present, logit, weights.table[:, start : start + width][weights.group], slope=slope)
        for start in range(0, columns, width)
    ]
    return np.concatenate(parts, axis=1) if parts else np.empty((2, 0))


def _fitted(present: Values, logit: Values, weight: Values, *, slope: bool) -> Values:
    """Newton's steps; nan where they lead nowhere."""
    total, seen = weight.sum(axis=0), present @ weight
    with np.errstate(all="ignore"):
        share = seen / total
        theta = np.stack(
            [np.log(share / (1 - share)) if slope else share * 0, np.full(len(share), 0.0 if slope else 1.0)]
        )
        for _ in range(STEPS):
            chance = expit(theta[0] + theta[1] * logit[:, None])
            rest, spread = weight * (present[:, None] - chance), weight * chance * (1 - chance)
            up, a = rest.sum(axis=0), spread.sum(axis=0)
            if slope:
                right, b, c = logit @ rest, logit @ spread, logit**2 @ spread
                scale = a * c - b * b
                step = np.stack([c * up - b * right, a * right - b * up]) / np.where(
                    scale > 1e-14 * a * c, scale, np.nan
                )
            else:
                step = np.stack([up / a, np.zeros_like(up)])
            theta = theta + np.clip(step, -4, 4)
            if not (np.abs(step) > DONE * (1 + np.abs(theta))).any():
                break
    good = (np.abs(step) < 1e-6 * (1 + np.abs(theta))).all(axis=0) & (np.abs(theta) < STEEPEST).all(axis=0)
    return np.where(good & (share > 0) & (share < 1), theta, np.nan)
