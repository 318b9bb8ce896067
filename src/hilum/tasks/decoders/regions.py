"""Masks of findings to boxes: each connected region of a mask is one."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Candidates = tuple[NDArray[np.float64], NDArray[np.float64]]


# B images, K findings, h w the size of a mask, N regions
def regions(masks: NDArray[Any], size: int, *, cuts: Sequence[float], least: float) -> list[Candidates]:
    """The regions of each image as candidates: boxes on the square, and the logit of a region's mean probability.

    A region counts once for each cut at which it is one; the overlap of its boxes is left to who strikes out doubles.

    Args:
        masks: (B, K, h, w) logits over the square.
        size: side of the square, in pixels.
        cuts: probabilities from which on a pixel belongs to a region.
        least: share of the square that a region must cover.

    Returns:
        For each image (N, 4) x0 y0 x1 y1 and (N, K), -inf but for the region's own finding.
    """
    return [_of_image(expit(np.asarray(planes, np.float64)), size, cuts, least) for planes in masks]


def _of_image(planes: NDArray[np.float64], size: int, cuts: Sequence[float], least: float) -> Candidates:
    boxes, scores = [], []
    scale = size / planes.shape[-1]
    for finding, plane in enumerate(planes):
        for cut in cuts:
            count, labels, facts, _ = cv2.connectedComponentsWithStats((plane >= cut).astype(np.uint8), connectivity=8)
            for region in range(1, count):
                x, y, width, height, area = (float(fact) for fact in facts[region])
                if area < least * plane.size:
                    continue
                boxes.append([x * scale, y * scale, (x + width) * scale, (y + height) * scale])
                said = np.full(len(planes), -np.inf)
                said[finding] = logit(np.clip(plane[labels == region].mean(), 1e-6, 1 - 1e-6))
                scores.append(said)
    return np.array(boxes, np.float64).reshape(-1, 4), np.array(scores, np.float64).reshape(-1, len(planes))
