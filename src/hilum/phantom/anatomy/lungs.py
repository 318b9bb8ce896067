"""The lungs' inside: the tree of vessels that spreads from each hilum."""

import numpy as np
from numpy.typing import NDArray

from hilum.phantom.anatomy.heart import hilum
from hilum.phantom.build import Build
from hilum.phantom.curves import Points

GENERATIONS = 7


def vessels(build: Build, side: int, rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """The vessels of one lung by generation, thickest first; (N, 6, 2) curves of 6 points.

    Each vessel forks in two, unequally, and turns toward the base: blood and so width is greatest there in one who
    stands, and spreads evenly to the top when the lungs are congested.
    """
    x, y = hilum(build, side)
    heading = np.deg2rad(np.array([-78, -52, -22, 8, 34, 56, 74, 92]))  # 0 outward, 90 down
    heading = heading + rng.normal(0, 0.14, heading.shape)
    down = np.clip(np.sin(heading), -1, 1)
    length = (62 + 15 * down + 11 * build.congestion * (down < 0)) * rng.uniform(0.7, 1.2, heading.shape)
    start = np.stack([x + side * rng.uniform(-8, 10, heading.shape), y + 34 * down], axis=1)
    generations: list[NDArray[np.float64]] = []
    for _ in range(GENERATIONS):
        bend = rng.normal(0, 0.30, heading.shape)
        lines = _arcs(start, heading, length, bend, side)
        generations.append(lines)
        start = np.repeat(lines[:, -1], 2, axis=0)
        spread = rng.uniform(0.10, 0.55, heading.shape)
        heading = np.stack(
            [heading + bend + spread, heading + bend - rng.uniform(0.05, 0.55, heading.shape)], axis=1
        ).ravel()
        length = np.repeat(length, 2) * rng.uniform(0.62, 1.0, heading.shape)
    return generations


def _arcs(
    start: Points, heading: NDArray[np.float64], length: NDArray[np.float64], bend: NDArray[np.float64], side: int
) -> NDArray[np.float64]:
    """Curves of 6 points from each start; (N, 6, 2)."""
    steps = np.linspace(0, 1, 6)
    angle = heading[:, None] + bend[:, None] * steps[None, :-1]
    moves = np.stack([side * np.cos(angle), np.sin(angle)], axis=2) * (length / 5)[:, None, None]
    return np.concatenate([start[:, None], start[:, None] + np.cumsum(moves, axis=1)], axis=1)
