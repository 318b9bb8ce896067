"""The cut that allows so many false boxes."""

import numpy as np

from hilum.evaluation.matching.boxes import BoxMatch, Hit
from hilum.registry import register


@register
def fixed_false_boxes(match: BoxMatch, *, false_boxes: float = 0.25, hit: Hit = 0.4) -> float:
    """The lowest cut with at most so many boxes an image that find nothing.

    Arguments as in `best_rsna_score`; `hit` as in `box_sensitivity`.
    """
    scores = np.unique(match.score)
    wrong = np.sort(match.score[~match.found(hit)])
    above = len(wrong) - np.searchsorted(wrong, scores)
    allowed = scores[above <= false_boxes * len(match.actual)]
    return float(allowed[0]) if len(allowed) else float(np.nextafter(scores[-1], 1))
