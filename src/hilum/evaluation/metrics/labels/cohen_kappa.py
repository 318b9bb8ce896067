"""Cohen's kappa: agreement beyond chance, between a model and its labels or between two readers."""

from numpy.typing import ArrayLike

from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.families import family
from hilum.evaluation.metrics.sums import Measure, Weight, answer, ratio
from hilum.registry import register


@register
@family("call")
def cohen_kappa(present: ArrayLike, score: ArrayLike, weight: Weight = None, *, threshold: ArrayLike = 0.5) -> Measure:
    """Agreement of two raters beyond what their rates of calling alone would give.

    One rater is the label, the other the score at the threshold; for two readers, give the second one's calls (0 or
    1) as the score.

    Args:
        present: (N,) 0 or 1.
        score: (N,) called where `score >= threshold`.
        weight: (N,) how often each row counts, or (N, R) or Weights for R replicates; all ones if left out.
        threshold: in the unit of the score; one number, or (N,) one a row.

    Returns:
        In [-1, 1]; 0 is chance; nan where both raters say the same of every image.

    Source: Cohen 1960, Educational and Psychological Measurement 20:37-46.

    >>> round(cohen_kappa([0, 0, 1, 1], [0, 1, 1, 1]), 4)
    0.5
    """
    n = Decisions.of(present, score, weight, threshold)
    total = n.tn + n.fp + n.fn + n.tp
    chance = (n.tp + n.fp) * (n.tp + n.fn) + (n.tn + n.fn) * (n.tn + n.fp)
    return answer(ratio((n.tp + n.tn) * total - chance, total**2 - chance), weight)
