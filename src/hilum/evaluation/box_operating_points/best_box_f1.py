"""The cut of the best F1 of boxes."""

import numpy as np

from hilum.evaluation.matching.boxes import BoxMatch, Hit
from hilum.evaluation.metrics.box_steps import steps_of
from hilum.registry import register


@register
def best_box_f1(match: BoxMatch, *, hit: Hit = 0.4) -> float:
    """The cut at which the harmonic mean of the boxes' precision and sensitivity is highest.

    Arguments as in `best_rsna_score`; `hit` as in `box_sensitivity`.
    """
    found = np.unique(-match.score[match.found(hit)])  # the scores of the steps, falling
    steps = next(iter(steps_of(match, None, hit)))
    f1 = 2 * steps.right[:, 0] / (steps.drawn[:, 0] + steps.actual)
    return float(-found[f1.argmax()]) if len(found) else float(match.score.max())
