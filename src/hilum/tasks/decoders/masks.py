"""Logits of pixels to regions in original pixels."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hilum.images.frame import Frame
from hilum.schema.run_lengths import encode_runs

Record = list[dict[str, Any]]  # the masks of an image: `structure`, `rle`, `height`, `width`, `score`, `margin`
TORN = (0.25, 0.75)  # probabilities between which an outline may lie
OUTSIDE = 2  # what a flood from the edge of a mask leaves behind


def masks(
    logits: NDArray[Any], frames: Sequence[Frame], structures: Sequence[str], *, whole: bool = True
) -> list[Record]:
    """(B, S, h, w) logits to the regions of each image in which a structure is likelier there than not.

    `score` is the Dice that the probabilities themselves expect of the region, in [0, 1]: twice what they sum to inside
    it over their whole sum and its area. Where the model is torn, it is low. `margin` is how far the outline may lie
    off to either side, in original pixels: half of the mean width of the band of probabilities between 1/4 and 3/4.

    Args:
        logits: of B images.
        frames: where their pixels lie.
        structures: the S names.
        whole: keep the largest part alone and fill its holes.
    """
    records = []
    for planes, frame in zip(np.asarray(logits, np.float32), frames, strict=True):
        found: Record = []
        for name, plane in zip(structures, expit(planes), strict=True):
            square = _whole(plane >= 0.5) if whole else plane >= 0.5
            if square.any():
                likely = np.where(square | (plane < 0.5), plane, np.float32(0)) if whole else plane
                likely = frame.heatmap_to_original(likely)
                inside = _whole(likely >= 0.5) if whole else likely >= 0.5
                score = 2 * plane[square].sum() / (plane.sum() + square.sum())
                found.append(
                    {
                        "structure": name,
                        "rle": encode_runs(inside),
                        "height": frame.height,
                        "width": frame.width,
                        "score": float(score),
                        "margin": _margin(likely, inside),
                    }
                )
        records.append([one for one in found if one["rle"] != "-1"])
    return records


def _whole(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest part of a mask, without holes; looked for where there is anything at all."""
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    found, inside = np.zeros_like(mask), (slice(top, top + height), slice(left, left + width))
    if width:
        found[inside] = _largest(mask[inside])
    return found


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    _, labels, facts, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    largest = labels == 1 + int(facts[1:, cv2.CC_STAT_AREA].argmax())
    outside = np.pad(largest.astype(np.uint8), 1)  # a margin, from which the outside is one
    cv2.floodFill(outside, None, (0, 0), (OUTSIDE,))
    return np.asarray(outside[1:-1, 1:-1] != OUTSIDE, bool)


def _margin(likely: NDArray[np.float32], inside: NDArray[np.bool_]) -> float:
    """Half of the mean width of the torn band along an outline, pixels."""
    contours, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    length = sum(cv2.arcLength(contour, closed=True) for contour in contours)
    torn = np.count_nonzero((likely > TORN[0]) & (likely < TORN[1]))
    return float(torn / length / 2) if length else float("nan")
