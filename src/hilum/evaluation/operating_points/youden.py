"""Youden's point."""

from numpy.typing import ArrayLike

from hilum.evaluation.operating_points.choices import Choices
from hilum.registry import register


@register
def youden(present: ArrayLike, score: ArrayLike) -> float:
    """Sensitivity + specificity as large as can be: the point of the ROC curve farthest from chance.

    It weighs a miss and a false alarm by the rarity of their class, so a rare finding is called often.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.

    Returns:
        The threshold; an image is called when its score reaches it.

    Source: Youden 1950, Cancer 3:32-35.

    >>> youden([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.8
    """
    n = Choices.of(present, score)
    return n.best(n.true / n.present - n.false / n.absent)
