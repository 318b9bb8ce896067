"""A wanted positive predictive value."""

from numpy.typing import ArrayLike

from hilum.evaluation.operating_points.choices import Choices, share
from hilum.registry import register


@register
def fixed_ppv(present: ArrayLike, score: ArrayLike, *, ppv: float = 0.5) -> float:
    """The lowest threshold from which this share of the called images has the finding.

    Where no threshold reaches it, the one that comes nearest; the point's own `ppv` then says so.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.
        ppv: positive predictive value at least, in (0, 1].

    >>> fixed_ppv([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], ppv=0.6)
    0.35
    """
    n = Choices.of(present, score)
    reached = n.true / (n.true + n.false)
    enough = n.threshold[reached >= share("ppv", ppv)]
    return float(enough.min()) if len(enough) else n.best(reached)
