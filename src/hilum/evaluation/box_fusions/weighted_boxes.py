"""Weighted boxes fusion."""

import numpy as np

from hilum.evaluation.box_fusions.drawn import Drawn, Values, check_overlap, overlap_of
from hilum.registry import register


@register
def weighted_boxes(drawn: Drawn, *, iou: float = 0.55) -> Drawn:
    """Average boxes that lie over each other, weighed by their scores; what few sources drew becomes less sure.

    The surest box begins a group; each next one joins the group whose average it overlaps most and by more than `iou`,
    or begins its own. A group's score is the mean of its scores, times the share of the sources that drew it.

    Args:
        drawn: boxes of one finding on one image by several sources.
        iou: intersection over union with a group's average above which a box joins it.

    Source: Solovyev, Wang & Gabruseva 2021, Weighted boxes fusion: Ensembling boxes from different object detection
        models, Image and Vision Computing 107:104117.

    >>> two = Drawn(np.array([[0.0, 0, 10, 10], [2, 0, 12, 10]]), np.array([0.9, 0.3]), np.array([0, 1]), np.ones(2))
    >>> weighted_boxes(two).corners.tolist(), weighted_boxes(two).score.round(3).tolist()
    ([[0.5, 0.0, 10.5, 10.0]], [0.6])
    """
    check_overlap(iou)
    trusted = drawn.score * drawn.trust[drawn.source]
    groups = _Groups(len(drawn))
    for place in np.argsort(-trusted, kind="stable"):
        groups.add(drawn.corners[place], float(trusted[place]), iou)
    sources = len(drawn.trust)
    score = groups.score / np.maximum(groups.boxes, 1) * np.minimum(groups.boxes, sources) / drawn.trust.sum()
    made = groups.made
    return drawn.become(groups.average[:made], np.minimum(score[:made], 1.0))  # a trusted source's two boxes pass 1


class _Groups:
    """Sums of the groups so far: of corners weighed by scores, of scores, and of boxes."""

    def __init__(self, most: int) -> None:
        self.made = 0
        self.total, self.average = np.zeros((most, 4)), np.zeros((most, 4))
        self.score, self.boxes = np.zeros(most), np.zeros(most)

    def add(self, corner: Values, score: float, iou: float) -> None:
        overlap = overlap_of(corner, self.average[: self.made])
        place = int(overlap.argmax()) if self.made else 0
        if not self.made or overlap[place] <= iou:
            place, self.made = self.made, self.made + 1
            self.average[place] = corner
        self.total[place] += score * corner
        self.score[place] += score
        self.boxes[place] += 1
        if self.score[place] > 0:  # boxes of score 0 have no weight: the first one's corners stay
            self.average[place] = self.total[place] / self.score[place]
