"""Non-maximum suppression."""

import numpy as np

from hilum.evaluation.box_fusions.drawn import Drawn, check_overlap, overlap_of
from hilum.registry import register


@register
def nms(drawn: Drawn, *, iou: float = 0.5) -> Drawn:
    """Keep the surest box and drop those that it overlaps by more than `iou`; then the surest of the rest, and so on.

    Args:
        drawn: boxes of one finding on one image.
        iou: intersection over union above which a less sure box is dropped.

    Source: Neubeck & Van Gool 2006, Efficient non-maximum suppression, ICPR.

    >>> two = Drawn(np.array([[0.0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]]), np.array([0.8, 0.9, 0.3]))
    >>> nms(two).score.tolist()
    [0.9, 0.3]
    """
    check_overlap(iou)
    score = drawn.weighed
    left, kept = np.argsort(-score, kind="stable"), []
    while len(left):
        kept.append(left[0])
        rest = left[1:]
        left = rest[overlap_of(drawn.corners[left[0]], drawn.corners[rest]) <= iou]
    return drawn.become(drawn.corners[kept], score[kept])
