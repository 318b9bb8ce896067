"""Calibrators: turn probabilities into ones that come true as often as they say.

Every calibrator takes probabilities and gives probabilities; the logit is taken inside, and no sigmoid is left for
anyone to apply again. All of them keep the order of images, so AUROC does not change (isotonic may make ties).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit

from hilum.registry import Registry, register

calibrators = Registry("hilum.evaluation.calibrators", "calibrator")
Values: TypeAlias = NDArray[np.float64]
SMALLEST = 1e-7  # probabilities are held this far inside (0, 1) before the logarithm: float32 gives exact zeros


FLATTEST = 0.01  # least slope: a line fitted on few images must not make all of them equal


@dataclass(frozen=True)
class LogitLine:
    """logit(calibrated) = a log(p) - b log(1 - p) + c: the line that temperature, Platt and beta scaling share."""

    a: float
    b: float
    c: float

    def __call__(self, score: ArrayLike) -> Values:
        """(N,) calibrated probabilities of (N,) probabilities; nan stays nan."""
        return np.asarray(expit(_columns(score) @ np.array([self.a, self.b, self.c])))


@dataclass(frozen=True)
class Staircase:
    """A rising line through the points (x, y), level beyond its ends."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    def __call__(self, score: ArrayLike) -> Values:
        """(N,) calibrated probabilities of (N,) probabilities; nan stays nan."""
        return np.interp(np.asarray(score, dtype=np.float64), self.x, self.y)


Calibrator: TypeAlias = LogitLine | Staircase


@register
def temperature(present: ArrayLike, score: ArrayLike) -> LogitLine:
    """Divide the logit by one number: sharper or softer, 0.5 stays 0.5.

    Args:
        present: (N,) 0 or 1, both there.
        score: (N,) probabilities.

    Source: Guo et al. 2017, On calibration of modern neural networks, ICML.

    >>> overconfident = np.repeat([0.01, 0.99], 10)
    >>> calibrate = temperature(np.tile([0, 0, 0, 0, 0, 0, 0, 0, 1, 1], 2) == np.repeat([1, 0], 10), overconfident)
    >>> calibrate(overconfident[[0, -1]]).round(2).tolist()
    [0.2, 0.8]
    """
    (slope,) = _fitted(present, _columns(score) @ np.array([[1.0], [1.0], [0.0]]), start=[1.0], lowest=[FLATTEST])
    return LogitLine(slope, slope, 0.0)


@register
def platt(present: ArrayLike, score: ArrayLike) -> LogitLine:
    """A logistic regression on the logit: slope and offset.

    Arguments as in `temperature`.

    The slope stays above 0, however few images there are: calibration never turns or levels the order of images.

    Source: Platt 1999, Probabilistic outputs for support vector machines (with its smoothed targets).

    >>> platt([0, 0, 0, 1], [0.2, 0.2, 0.2, 0.2])([0.2]).round(2).tolist()
    [0.32]
    """
    columns = _columns(score) @ np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    slope, offset = _fitted(_smoothed(present), columns, start=[1.0, 0.0], lowest=[FLATTEST, -np.inf])
    return LogitLine(slope, slope, offset)


@register
def beta(present: ArrayLike, score: ArrayLike) -> LogitLine:
    """Slopes of their own for low and for high probabilities, and an offset.

    Arguments as in `temperature`.

    Source: Kull, Silva Filho & Flach 2017, Beta calibration, AISTATS.

    >>> line = beta([0, 0, 0, 1], [0.2, 0.2, 0.2, 0.2])
    >>> line([0.2]).round(2).tolist()
    [0.25]
    """
    return LogitLine(*_fitted(present, _columns(score), start=[1.0, 1.0, 0.0], lowest=[FLATTEST, FLATTEST, -np.inf]))


@register
def isotonic(present: ArrayLike, score: ArrayLike) -> Staircase:
    """Whatever rising staircase fits best; wants a thousand images or more.

    Arguments as in `temperature`.

    It is never surer than the number of images allows: at most 1 - 1 / (N + 2).

    Source: Zadrozny & Elkan 2002, Transforming classifier scores into accurate multiclass probability estimates, KDD.

    >>> isotonic([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4])([0.25]).tolist()
    [0.5]
    """
    from sklearn.isotonic import IsotonicRegression  # here, as importing it takes longer than all of this package

    labels, scores = np.asarray(present, dtype=np.float64), np.asarray(score, dtype=np.float64)
    sure = 1 / (len(labels) + 2)
    fitted = IsotonicRegression(y_min=sure, y_max=1 - sure).fit(scores, labels)
    return Staircase(tuple(fitted.X_thresholds_.tolist()), tuple(fitted.y_thresholds_.tolist()))


def to_dict(calibrator: Calibrator) -> dict[str, Any]:
    """JSON values of a fitted calibrator."""
    return asdict(calibrator)


def from_dict(held: Mapping[str, Any]) -> Calibrator:
    """From what `to_dict` gave.

    >>> from_dict({"a": 1.0, "b": 1.0, "c": 0.0})
    LogitLine(a=1.0, b=1.0, c=0.0)
    """
    return Staircase(tuple(held["x"]), tuple(held["y"])) if "x" in held else LogitLine(held["a"], held["b"], held["c"])


def _columns(score: ArrayLike) -> Values:
    """(N, 3): log p, -log(1 - p), 1."""
    given = np.clip(np.asarray(score, dtype=np.float64), SMALLEST, 1 - SMALLEST)
    return np.stack([np.log(given), -np.log1p(-given), np.ones_like(given)], axis=-1)


def _smoothed(present: ArrayLike) -> Values:
    """Labels drawn a little inside 0 and 1, as if each class had been seen once more: perfect scores stay finite."""
    labels = np.asarray(present, dtype=np.float64)
    ones, zeros = labels.sum(), len(labels) - labels.sum()
    return np.asarray(np.where(labels == 1, (ones + 1) / (ones + 2), 1 / (zeros + 2)))


def _fitted(present: ArrayLike, columns: Values, *, start: list[float], lowest: list[float]) -> list[float]:
    """Coefficients of least log loss; the problem is convex, so there is one answer."""
    labels = np.asarray(present, dtype=np.float64)

    def loss(weights: Values) -> float:
        logit = columns @ weights
        return float((np.logaddexp(0, logit) - labels * logit).mean())

    def slope(weights: Values) -> Values:
        return np.asarray(columns.T @ (expit(columns @ weights) - labels) / len(labels))

    bounds = [(low, 1e3) for low in lowest]
    found = minimize(
        loss,
        start,
        jac=slope,
        bounds=bounds,
        method="L-BFGS-B",
        options={"ftol": 1e-14, "gtol": 1e-10, "maxiter": 1000},
    )
    return [float(value) for value in found.x]
