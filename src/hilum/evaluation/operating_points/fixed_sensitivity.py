"""A wanted sensitivity."""

from numpy.typing import ArrayLike

from hilum.evaluation.operating_points.choices import Choices, share
from hilum.registry import register


@register
def fixed_sensitivity(present: ArrayLike, score: ArrayLike, *, sensitivity: float = 0.9) -> float:
    """The highest threshold that still finds this share of the images with the finding.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.
        sensitivity: at least, in (0, 1].

    >>> fixed_sensitivity([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], sensitivity=0.5)
    0.8
    """
    n = Choices.of(present, score)
    return float(n.threshold[n.true / n.present >= share("sensitivity", sensitivity)].max())
