"""Candidates of a detector to boxes on the image: the only sigmoid, and the only place where doubles are struck out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hilum.evaluation.box_fusions.drawn import Drawn
from hilum.evaluation.box_fusions.nms import nms
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
        overlap: intersection over union, below 1, above which two boxes are one.
        most: boxes an image, at most.
    """
    return [
        _found(table, expit(np.asarray(own, np.float64)), frame, floor, overlap, most)
        for table, own, frame in zip(boxes, logits, frames, strict=True)
    ]


def _found(boxes: NDArray[Any], scores: Floats, frame: Frame, floor: float, overlap: float, most: int) -> Found:
    """Of one image: (N, 4) and (N, K)."""
    places, classes = np.nonzero((scores >= floor) & (scores > 0))
    score, original = scores[places, classes], frame.boxes_to_original(np.asarray(boxes)[places])
    solid = np.flatnonzero((original[:, 2] > original[:, 0]) & (original[:, 3] > original[:, 1]))
    surest = solid[np.argsort(-score[solid], kind="stable")][:MOST]
    original, score, classes = original[surest], score[surest], classes[surest]
    kept = [
        (place, nms(Drawn(original[classes == place], score[classes == place]), iou=overlap))
        for place in set(classes.tolist())
    ]
    corners = np.concatenate([np.empty((0, 4)), *(one.corners for _, one in kept)])
    scores = np.concatenate([np.empty(0), *(one.score for _, one in kept)])
    kinds = np.concatenate([np.empty(0, np.intp), *(np.full(len(one), place) for place, one in kept)])
    order = np.argsort(-scores, kind="stable")[:most]
    return Found(corners[order], scores[order], kinds[order], frame.height, frame.width)
