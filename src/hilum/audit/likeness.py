"""Likeness of two images: how well their structure agrees after a small shift and stretch.

Two images of one patient, taken one after the other, can be laid over each other until they nearly agree. What tells
them from two copies of one image is fine structure, and how far one of them had to be moved. So images are compared
from coarse to fine, and the movement is measured and held small.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from hilum.audit.thumbnail import at, structure

Image = NDArray[np.float32]
Movement = NDArray[np.float64]  # stretch and shift across, stretch and shift down; 1 = half a side


@dataclass(frozen=True)
class Level:
    """One size at which images are compared, and what is asked of two copies there.

    Args:
        side: of the square, in pixels.
        fine: deviation of the Gaussian that takes noise away before structure is compared, in pixels.
        coarse: deviation of the Gaussian that is taken off, in pixels.
        go_on: correlation that is worth a look at the next finer level.
        as_they_stand: correlation from which on two images are one, neither being moved.
        after_moving: the same, one of them being moved to fit the other.
        farthest: the most that it may be moved; share of the side.
    """

    side: int
    fine: float
    coarse: float
    go_on: float = math.inf
    as_they_stand: float = math.inf
    after_moving: float = math.inf
    farthest: float = 0.06


# The thresholds stand in the gaps that docs/explanation/duplicates.md shows.
LEVELS = (
    Level(32, fine=0.7, coarse=2.0, go_on=0.80),  # what agrees here is a candidate, never yet a copy
    Level(64, fine=0.7, coarse=1.5, go_on=0.60, as_they_stand=0.86, after_moving=0.94, farthest=0.03),
    Level(128, fine=0.7, coarse=2.0, as_they_stand=0.78, after_moving=0.93),
)
WORTH_MOVING = 0.45  # correlation at the coarsest level below which no small movement makes two images fit
ALIGNED_ON = (1.0, 3.0)  # finest and coarsest deviation of the structure that is laid over each other, in pixels
STEPS = 6  # Gauss-Newton settles in three or four
SETTLED = 0.02  # pixels
BOUND = 0.12  # of half a side: for each stretch and shift
EDGE = 3  # pixels next to the frame that are not compared: a Gaussian reaches over it


@dataclass(frozen=True)
class Likeness:
    """How alike two images are.

    Args:
        copies: whether they are one image.
        correlation: of their structure at the finest level that was looked at, in [-1, 1].
        moved: how far one had to be moved for it, at most; share of the side.
        side: of the finest level that was looked at, in pixels.
    """

    copies: bool
    correlation: float
    moved: float
    side: int


def likeness(one: NDArray[np.uint8], other: NDArray[np.uint8], detail: int) -> Likeness:
    """Compare two thumbnails, coarse to fine, as long as they agree.

    Args:
        one: (128, 128) uint8.
        other: (128, 128) uint8.
        detail: shorter side of the smaller of the two images, in pixels; no level finer than this is looked at.
    """
    levels = [level for level in LEVELS if level.side <= max(detail, LEVELS[1].side)]
    movement: Movement = np.zeros(4)
    for level in levels:
        grid, first, second = Grid(level.side), at(one, level.side), at(other, level.side)
        standing = grid.correlation(first, second, np.zeros(4), level)
        if level is levels[0] and standing < WORTH_MOVING:
            return Likeness(False, standing, 0.0, level.side)
        movement = grid.align(structure(first, *ALIGNED_ON), structure(second, *ALIGNED_ON), movement)
        fitted = grid.correlation(first, second, movement, level)
        moved = float(max(abs(movement[0]) + abs(movement[1]), abs(movement[2]) + abs(movement[3]))) / 2
        if level is not levels[-1] and max(standing, fitted) < level.go_on:
            return Likeness(False, max(standing, fitted), moved, level.side)
    if standing >= level.as_they_stand:
        return Likeness(True, standing, 0.0, level.side)
    return Likeness(fitted >= level.after_moving and moved <= level.farthest, fitted, moved, level.side)


@lru_cache(maxsize=8)
class Grid:
    """A square of pixels with coordinates from -1 to 1, on which images are moved and compared."""

    def __init__(self, side: int) -> None:
        self.side = side
        axis = (np.arange(side) + 0.5) * 2 / side - 1
        self.across, self.down = np.meshgrid(axis, axis)
        self.edge = 1 - EDGE * 2 / side

    def move(self, image: Image, movement: Movement) -> Image:
        """The image as it looks after the movement."""
        stretch_x, shift_x, stretch_y, shift_y = movement
        middle = (self.side - 1) / 2
        matrix = np.array(
            [
                [1 + stretch_x, 0, (shift_x * self.side / 2) - stretch_x * middle],
                [0, 1 + stretch_y, (shift_y * self.side / 2) - stretch_y * middle],
            ]
        )
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        size = (self.side, self.side)
        return np.asarray(cv2.warpAffine(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)

    def shared(self, movement: Movement) -> NDArray[np.bool_]:
        """Pixels that both images show, away from the frame."""
        stretch_x, shift_x, stretch_y, shift_y = movement
        across, down = self.across * (1 + stretch_x) + shift_x, self.down * (1 + stretch_y) + shift_y
        inside: NDArray[np.bool_] = (np.abs(across) < self.edge) & (np.abs(down) < self.edge)
        return inside

    def align(self, fixed: Image, moving: Image, movement: Movement) -> Movement:
        """Gauss-Newton: the stretch and shift after which `moving` fits `fixed` best, from a first guess."""
        for _ in range(STEPS):
            moved, shared = self.move(moving, movement), self.shared(movement)
            down, across = np.gradient(moved, 2 / self.side)
            slopes = np.stack([across * self.across, across, down * self.down, down], axis=-1)[shared].astype(
                np.float64
            )
            normal = slopes.T @ slopes
            step = np.linalg.solve(normal + 1e-6 * np.trace(normal) * np.eye(4), slopes.T @ (fixed - moved)[shared])
            movement = np.clip(movement + step, -BOUND, BOUND)
            if np.abs(step).max() * self.side / 2 < SETTLED:
                break
        return movement

    def correlation(self, fixed: Image, moving: Image, movement: Movement, level: Level) -> float:
        """Pearson's correlation of the structure of two images, after the movement, where both show something."""
        shared = self.shared(movement)
        one = structure(fixed, level.fine, level.coarse)[shared]
        other = structure(self.move(moving, movement), level.fine, level.coarse)[shared]
        one, other = one - one.mean(), other - other.mean()
        scale = math.sqrt(float((one * one).sum()) * float((other * other).sum()))
        return float((one * other).sum()) / scale if scale > 0 else 0.0
