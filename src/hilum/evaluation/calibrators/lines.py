"""The two forms a fitted calibrator has, and how a line is fitted."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit

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
        return np.asarray(expit(columns_of(score) @ np.array([self.a, self.b, self.c])))


@dataclass(frozen=True)
class Staircase:
    """A rising line through the points (x, y), level beyond its ends."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    def __call__(self, score: ArrayLike) -> Values:
        """(N,) calibrated probabilities of (N,) probabilities; nan stays nan."""
        return np.interp(np.asarray(score, dtype=np.float64), self.x, self.y)


Calibrator: TypeAlias = LogitLine | Staircase


def to_dict(calibrator: Calibrator) -> dict[str, Any]:
    """JSON values of a fitted calibrator."""
    return asdict(calibrator)


def from_dict(held: Mapping[str, Any]) -> Calibrator:
    """From what `to_dict` gave.

    >>> from_dict({"a": 1.0, "b": 1.0, "c": 0.0})
    LogitLine(a=1.0, b=1.0, c=0.0)
    """
    return Staircase(tuple(held["x"]), tuple(held["y"])) if "x" in held else LogitLine(held["a"], held["b"], held["c"])


def columns_of(score: ArrayLike) -> Values:
    """(N, 3): log p, -log(1 - p), 1."""
    given = np.clip(np.asarray(score, dtype=np.float64), SMALLEST, 1 - SMALLEST)
    return np.stack([np.log(given), -np.log1p(-given), np.ones_like(given)], axis=-1)


def smoothed(present: ArrayLike) -> Values:
    """Labels drawn a little inside 0 and 1, as if each class had been seen once more: perfect scores stay finite."""
    labels = np.asarray(present, dtype=np.float64)
    ones, zeros = labels.sum(), len(labels) - labels.sum()
    return np.asarray(np.where(labels == 1, (ones + 1) / (ones + 2), 1 / (zeros + 2)))


def fitted(present: ArrayLike, columns: Values, *, start: list[float], lowest: list[float]) -> list[float]:
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
