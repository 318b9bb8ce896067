"""AUROC: the area under the ROC curve."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.ladder import Ladder, on_ladders
from hilum.evaluation.metrics.sums import Measure, Values, Weight, ratio
from hilum.registry import register


@register
@family("ranking")
def auroc(present: ArrayLike, score: ArrayLike, weight: Weight = None) -> Measure:
    """Chance that a random positive scores higher than a random negative; ties count one half.

    Args:
        present: (N,) 0 or 1.
        score: (N,) any real number; only the order matters.
        weight: (N,) how often each row counts, or (N, R) or Weights for R replicates; all ones if left out.

    Returns:
        In [0, 1]; 0.5 is chance; nan where a class is missing.

    Source: Hanley & McNeil 1982, Radiology 143:29-36.

    >>> auroc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """

    def share_won(ladder: Ladder) -> Values:
        won = (ladder.positives * (ladder.below + ladder.ties / 2)).sum(axis=0)
        return ratio(won, ladder.positives.sum(axis=0) * ladder.negatives)

    return on_ladders(share_won, present, score, weight)
