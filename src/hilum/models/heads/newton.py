"""Logistic regressions of many outputs on the same vectors, all at once, by Newton's method.

Each is convex, so that whoever solves it finds the same weights. Solved one by one, every step reads all vectors for
one output; here a step is one product of matrices for all of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.special import expit

STEPS, INNER, HALVINGS = 100, 60, 40  # Newton's steps, conjugate gradients within one, and how often one is halved
NEAR = 0.1  # of each step: how much of its error conjugate gradients may leave; the next step begins with it
ROUNDING = 1e-12  # by which a loss may seem to grow
Table = NDArray[np.float64]


# N images, D width of the vectors, R <= min(N, D) their rank, K regressions
@dataclass(frozen=True)
class Axes:
    """The vectors on their principal axes, where the curvature of every regression is nearly diagonal.

    Args:
        places: (N, R + 1) each vector on these axes, and 1 for the constant.
        back: (D, R) of weights on the axes to weights of the vectors.
    """

    places: Table
    back: Table

    @classmethod
    def of(cls, vectors: NDArray[np.float32]) -> "Axes":
        """Of (N, D) vectors; directions in which they do not differ are left out: a penalty holds them at 0."""
        given = vectors.astype(np.float64)
        wide = given.shape[1] > len(given)
        squares, axes = eigh(given @ given.T if wide else given.T @ given)
        told = squares > max(squares[-1], 1e-300) * max(given.shape) * np.finfo(np.float64).eps
        axes, lengths = axes[:, told], np.sqrt(squares[told])
        places, back = (axes * lengths, given.T @ (axes / lengths)) if wide else (given @ axes, axes)
        return cls(np.column_stack([places, np.ones(len(given))]), back)

    def slopes(self, found: Table) -> Table:
        """(R + 1, K) solutions to (K, D) weights of the vectors."""
        return (self.back @ found[:-1]).T


def solved(axes: Axes, present: Table, weight: Table, *, strengths: Table, start: Table, tolerance: float) -> Table:
    """Fit K regressions: sum of weighted log losses + strength / 2 times the squared weights, without the constant's.

    Args:
        axes: of the vectors.
        present: (N, K) labels in [0, 1].
        weight: (N, K) >= 0; an image of weight 0 plays no part.
        strengths: (K,) of the L2 penalties, > 0.
        start: (R + 1, K) where to begin.
        tolerance: no slope of the loss, divided by the sum of its weights, is steeper in the end.

    Returns:
        (R + 1, K) weights on the axes, the constants last.
    """
    places, found, left = axes.places, start.copy(), np.arange(present.shape[1])
    penalty = np.vstack([np.broadcast_to(strengths, (places.shape[1] - 1, len(left))), np.zeros(len(left))])
    squares = (places**2).mean(axis=0)[:, None]
    logits = places @ found
    for _ in range(STEPS):
        some, y, w, pull = found[:, left], present[:, left], weight[:, left], penalty[:, left]
        chance = expit(logits)
        slope = places.T @ (w * (chance - y)) + pull * some
        steep = np.abs(slope).max(axis=0) > tolerance * w.sum(axis=0)
        if not steep.any():
            break
        left, some, y, w, pull = left[steep], some[:, steep], y[:, steep], w[:, steep], pull[:, steep]
        logits, slope, chance = logits[:, steep], slope[:, steep], chance[:, steep]
        step = _step(places, w * chance * (1 - chance), pull, squares, slope)
        moved = places @ step
        share = _share(logits, moved, y, w, (some, step, pull))
        found[:, left], logits = some - share * step, logits - share * moved
    return found


def _step(places: Table, curve: Table, pull: Table, squares: Table, slope: Table) -> Table:
    """Newton's step by conjugate gradients, column by column: (placesᵀ curve places + pull) step = slope, nearly."""
    scale = squares * curve.sum(axis=0) + pull  # the diagonal, as if every image were as uncertain as the mean
    step, rest = np.zeros_like(slope), slope.copy()
    eased = rest / scale
    way, size = eased, (rest * eased).sum(axis=0)
    goal = NEAR**2 * size
    for _ in range(INNER):
        bent = places.T @ (curve * (places @ way)) + pull * way
        far = size / np.maximum((way * bent).sum(axis=0), np.finfo(np.float64).tiny)
        step, rest = step + far * way, rest - far * bent
        eased, before = rest / scale, size
        size = (rest * eased).sum(axis=0)
        if (size <= goal).all():
            break
        way = eased + size / np.maximum(before, np.finfo(np.float64).tiny) * way
    return step


def _share(logits: Table, moved: Table, y: Table, w: Table, weights: tuple[Table, Table, Table]) -> Table:
    """(K,) how much of each step to take: all of it, or so many halves less that the loss does not grow."""
    some, step, pull = weights

    def loss(share: Table) -> Table:
        at, held = logits - share * moved, some - share * step
        return (w * (np.logaddexp(0.0, at) - y * at)).sum(axis=0) + (pull * held**2).sum(axis=0) / 2  # type: ignore[no-any-return]

    share, before = np.ones(logits.shape[1]), loss(np.zeros(logits.shape[1]))
    for _ in range(HALVINGS):
        grown = loss(share) > before + ROUNDING * np.abs(before)
        if not grown.any():
            break
        share = np.where(grown, share / 2, share)
    return share
