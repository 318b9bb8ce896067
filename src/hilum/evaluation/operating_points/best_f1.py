"""The point of best F1."""

from numpy.typing import ArrayLike

from hilum.evaluation.operating_points.choices import Choices
from hilum.registry import register


@register
def best_f1(present: ArrayLike, score: ArrayLike) -> float:
    """F1 as large as can be.

    Arguments as in `youden`.

    >>> best_f1([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.35
    """
    n = Choices.of(present, score)
    return n.best(2 * n.true / (n.true + n.false + n.present))
