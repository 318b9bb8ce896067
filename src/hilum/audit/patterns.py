"""Patterns: what an upright frontal chest looks like in 16 x 16 cells, and what it looks like with a side cut off.

Each pattern is one weight a cell, fitted by ridge regression to tell one kind of image from the others: upright
images from their seven turned and inverted versions, images cut at one side from whole ones and from those cut at
another. Gray values are replaced by their ranks first, so exposure and contrast do not count, and evenly black or white
borders are left out. `patterns.csv` holds the weights; `benchmarks/fit_patterns.py` made them from images of NIH
ChestX-ray14.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

CELLS = 16
BLACK, WHITE = 10, 250  # of 255: a border is at least as dark or as bright
OPEN = 0.3  # share of a row or column that must lie outside the border for it to belong to the field
LEAST_FIELD = 0.3  # of the side: with less left, the whole image is taken
SIDES = ("top", "bottom", "left", "right")
TURNS = ("upright", "left", "upside_down", "right")  # how an image was turned, in steps of 90 degrees counterclockwise
FILE = Path(__file__).with_name("patterns.csv")


def field(thumbnail: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Rows and columns of the exposed field: the image without black or white parts that hang together with the frame.

    >>> image = np.full((16, 16), 128, np.uint8)
    >>> image[:, :4] = 255
    >>> field(image)
    (slice(0, 16, None), slice(4, 16, None))
    """
    extreme = ((thumbnail <= BLACK) | (thumbnail >= WHITE)).astype(np.uint8)
    framed = cv2.copyMakeBorder(extreme, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=[1])
    cv2.floodFill(framed, None, (0, 0), 2)
    inner = framed[1:-1, 1:-1] != 2
    return _span(inner.mean(axis=1)), _span(inner.mean(axis=0))


def _span(openness: NDArray[np.float64]) -> slice:
    places = np.flatnonzero(openness > OPEN)
    if len(places) < LEAST_FIELD * len(openness):
        return slice(0, len(openness))
    return slice(int(places[0]), int(places[-1]) + 1)


def cells(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(16, 16) mean rank of the gray values in each cell, mean 0 and deviation 1; zeros for an even image."""
    order = np.unique(image, return_inverse=True, return_counts=True)
    middle = np.cumsum(order[2]) - order[2] / 2  # equal values share their middle rank
    ranks = (middle[order[1]] / image.size).reshape(image.shape).astype(np.float32)
    small = cv2.resize(ranks, (CELLS, CELLS), interpolation=cv2.INTER_AREA).astype(np.float64)
    deviation = small.std()
    return (small - small.mean()) / deviation if deviation > 0 else small * 0


def score(images: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    """(N,) how well (N, 16, 16) cells fit a pattern: about 1 for what it describes, about 0 for the rest."""
    weights, offset = patterns()[name]
    return images.reshape(len(images), -1) @ weights.ravel() + offset


def poses(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """(8, 16, 16): the image turned back from each of the four `TURNS`, then the same inverted."""
    turned = np.stack([np.rot90(image, -turn) for turn in range(len(TURNS))])
    return np.concatenate([turned, -turned])


@cache
def patterns() -> dict[str, tuple[NDArray[np.float64], float]]:
    """Weights (16, 16) and offset of each pattern: `upright`, and each of `SIDES`."""
    found = {}
    for line in FILE.read_text(encoding="utf-8").splitlines()[1:]:
        name, offset, *weights = line.split(",")
        found[name] = (np.array(weights, np.float64).reshape(CELLS, CELLS), float(offset))
    return found


def cut(image: NDArray[np.uint8], side: str, share: float) -> NDArray[np.uint8]:
    """The image without a share of it at one side."""
    rows, columns = (round(length * share) for length in image.shape)
    return {
        "top": image[rows:],
        "bottom": image[: image.shape[0] - rows],
        "left": image[:, columns:],
        "right": image[:, : image.shape[1] - columns],
    }[side]


def fit(
    this: NDArray[np.float64], others: Sequence[NDArray[np.float64]], ridge: float = 300.0
) -> tuple[NDArray[np.float64], float]:
    """Weights (16, 16) and offset that give about 1 for `this` (N, 16, 16), 0 for the others; both count the same."""
    rest = np.concatenate(others)
    images = np.concatenate([this, rest]).reshape(len(this) + len(rest), -1)
    target = np.repeat([1.0, 0.0], [len(this), len(rest)])
    weight = np.repeat([0.5 / len(this), 0.5 / len(rest)], [len(this), len(rest)]) * len(images)
    mean, middle = np.average(images, axis=0, weights=weight), 0.5
    centered = images - mean
    normal = centered.T @ (centered * weight[:, None]) + ridge * np.eye(CELLS**2)
    weights = np.linalg.solve(normal, centered.T @ ((target - middle) * weight))
    return weights.reshape(CELLS, CELLS), middle - float(mean @ weights)
