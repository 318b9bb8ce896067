"""Candidates of a detector to boxes on the image: the only sigmoid, and the only place where doubles are struck out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hilum.evaluation.matching.boxes import overlaps
from hilum.images.frame import Frame

MOST = 1000  # candidates of an image that are compared with each other, the surest; bounds the time
Floats = NDArray[np.float64]


# n boxes of an image
@dataclass(frozen=True)
class Found:
    """What a detector says of one image.

    Args:
        boxes: (n, 4) x0 y0 x1 y1 in original pixels, the surest first.
        scores: (n,) in [0, 1].
        classes: (n,) which finding each is of.
        height: of the image, in original pixels.
        width: of the image, in original pixels.
    """

    boxes: Floats
    scores: Floats
    classes: NDArray[np.intp]
    height: int
    width: int


# B images, N candidates, K findings
def boxes_of(
    boxes: NDArray[Any], logits: NDArray[Any], frames: Sequence[Frame], *, floor: float, overlap: float, most: int
) -> list[Found]:
    """Boxes of each image in original pixels, without those that a surer one of the same finding covers.

    Args:
        boxes: (B, N, 4) x0 y0 x1 y1 on the square.
        logits: (B, N, K); -inf where there is no box.
        frames: B, where the squares lie on the images.
        floor: least score of a box, in [0, 1].
        overlap: intersection over union from which on two boxes are one.
        most: boxes an image, at most.
    """
    return [
        _found(table, expit(np.asarray(own, np.float64)), frame, floor, overlap, most)
        for table, own, frame in zip(boxes, logits, frames, strict=True)
    ]


def _found(boxes: NDArray[Any], scores: Floats, frame: Frame, floor: float, overlap: float, most: int) -> Found:
    """Of one image: (N, 4) and (N, K)."""
    places, classes = np.nonzero((scores >= floor) & (scores > 0))
    chosen, score = np.asarray(boxes, np.float64)[places], scores[places, classes]
    original = frame.boxes_to_original(chosen)
    solid = (original[:, 2] > original[:, 0]) & (original[:, 3] > original[:, 1])
    order = np.flatnonzero(solid)[np.argsort(-score[solid], kind="stable")][:MOST]
    kept = order[without_doubles(original[order], classes[order], overlap)][:most]
    return Found(original[kept], score[kept], classes[kept], frame.height, frame.width)


def without_doubles(boxes: Floats, classes: NDArray[np.intp], overlap: float) -> NDArray[np.intp]:
    """Places of the boxes that no surer one of the same finding covers: greedy non-maximum suppression.

    Args:
        boxes: (n, 4) x0 y0 x1 y1, the surest first.
        classes: (n,); boxes of different findings leave each other alone.
        overlap: intersection over union from which on the less sure one is struck out.

    >>> boxes = np.array([[0.0, 0, 10, 10], [1, 0, 10, 10], [20, 0, 30, 10]])
    >>> without_doubles(boxes, np.zeros(3, int), 0.5).tolist()
    [0, 2]
    """
    shared = overlaps(boxes, boxes) * (classes[:, None] == classes[None]) if len(boxes) else np.zeros((0, 0))
    alive, kept = np.ones(len(boxes), bool), []
    for place in range(len(boxes)):
        if alive[place]:
            kept.append(place)
            alive &= shared[place] < overlap
    return np.array(kept, np.intp)
