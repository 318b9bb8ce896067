"""Logits of pixels to regions in original pixels."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes
from scipy.special import expit

from hilum.images.frame import Frame
from hilum.schema.run_lengths import encode_runs

Record = list[dict[str, Any]]  # the masks of an image: `structure`, `rle`, `height`, `width`, `score`


def masks(
    logits: NDArray[Any], frames: Sequence[Frame], structures: Sequence[str], *, whole: bool = True
) -> list[Record]:
    """(B, S, h, w) logits to the regions of each image in which a structure is likelier there than not.

    `score` is the Dice that the probabilities themselves expect of the region, in [0, 1]: twice what they sum to inside
    it over their whole sum and its area. Where the model is torn, it is low.

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
                inside = frame.heatmap_to_original(likely) >= 0.5
                inside = _whole(inside) if whole else inside
                score = 2 * plane[square].sum() / (plane.sum() + square.sum())
                found.append(
                    {
                        "structure": name,
                        "rle": encode_runs(inside),
                        "height": frame.height,
                        "width": frame.width,
                        "score": float(score),
                    }
                )
        records.append([one for one in found if one["rle"] != "-1"])
    return records


def _whole(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest part of a mask, without holes."""
    count, labels, facts, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    if count < 2:
        return mask
    largest = labels == 1 + int(facts[1:, cv2.CC_STAT_AREA].argmax())
    return np.asarray(binary_fill_holes(largest), bool)
