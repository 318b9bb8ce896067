"""Partial AUROC: the left end of the ROC curve."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.ladder import Ladder, on_ladders
from hilum.evaluation.metrics.sums import Measure, Values, Weight, ratio
from hilum.registry import register
from hilum.schema import ConfigError


@register
@family("ranking")
def partial_auroc(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, max_fpr: float = 0.1) -> Measure:
    """Area under the ROC curve where few healthy images are called, put on the scale of the whole area.

    A positive that outranks the negatives from rank a on adds the width from there to the limit; one tied with t
    negatives rises on a slope across them.

    Args:
        present: (N,) 0 or 1.
        score: (N,) any real number; only the order matters.
        weight: (N,) how often each row counts, or (N, R) or Weights for R replicates; all ones if left out.
        max_fpr: highest false-positive rate looked at, in (0, 1].

    Returns:
        In [0, 1]; 0.5 is chance, 1 is perfect whatever the limit; nan where a class is missing.

    Source: McClish 1989, Medical Decision Making 9:190-195.

    >>> partial_auroc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], max_fpr=0.5)
    0.6666666666666666
    """
    if not 0 < max_fpr <= 1:
        raise ConfigError(f"A max_fpr of {max_fpr} was asked for. Expected a number above 0 and at most 1.")
    chance = max_fpr**2 / 2

    def scaled_area(ladder: Ladder) -> Values:
        above = ladder.negatives - ladder.below - ladder.ties
        room = np.clip(max_fpr * ladder.negatives - above, 0, None)
        on_slope = room < ladder.ties
        width = np.where(on_slope, ratio(room**2, 2 * ladder.ties, empty=0.0), room - ladder.ties / 2)
        area = ratio((ladder.positives * width).sum(axis=0), ladder.positives.sum(axis=0) * ladder.negatives)
        return np.asarray((1 + (area - chance) / (max_fpr - chance)) / 2)

    return on_ladders(scaled_area, present, score, weight)
