"""Soft non-maximum suppression."""

import numpy as np

from hilum.evaluation.box_fusions.drawn import Drawn, check_overlap, overlap_of
from hilum.registry import register
from hilum.schema import ConfigError


@register
def soft_nms(drawn: Drawn, *, iou: float = 0.5, sigma: float = 0.0, least: float = 0.001) -> Drawn:
    """Keep every box, but lower the scores of those that a surer one overlaps.

    Args:
        drawn: boxes of one finding on one image.
        iou: with `sigma` 0, scores of boxes with more overlap than this are multiplied by 1 - overlap.
        sigma: above 0, every score is multiplied by exp(-overlap² / sigma) instead; the paper's is 0.5.
        least: boxes whose score falls below are dropped.

    Source: Bodla et al. 2017, Soft-NMS: Improving object detection with one line of code, ICCV.

    >>> two = Drawn(np.array([[0.0, 0, 10, 10], [0, 0, 10, 8], [20, 0, 30, 10]]), np.array([0.9, 0.8, 0.3]))
    >>> soft_nms(two).score.round(3).tolist()
    [0.9, 0.3, 0.16]
    """
    check_overlap(iou)
    if sigma < 0:
        raise ConfigError(f"soft_nms: a sigma of {sigma}. Expected 0 for the linear form, or a number above it.")
    left, score = np.arange(len(drawn)), drawn.weighed.copy()
    kept = []
    while len(left):
        best = left[score[left].argmax()]
        kept.append(best)
        left = left[left != best]
        overlap = overlap_of(drawn.corners[best], drawn.corners[left])
        score[left] *= np.exp(-(overlap**2) / sigma) if sigma else np.where(overlap > iou, 1 - overlap, 1.0)
        left = left[score[left] >= least]
    return drawn.become(drawn.corners[kept], score[kept])
