"""A wanted specificity."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.operating_points.choices import Choices, share
from hilum.registry import register


@register
def fixed_specificity(present: ArrayLike, score: ArrayLike, *, specificity: float = 0.9) -> float:
    """The lowest threshold that leaves this share of the images without the finding uncalled.

    Where even the highest score calls too many, no image is called.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.
        specificity: at least, in (0, 1].

    >>> fixed_specificity([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], specificity=0.5)
    0.35
    """
    n = Choices.of(present, score)
    enough = n.threshold[(n.absent - n.false) / n.absent >= share("specificity", specificity)]
    return float(enough.min()) if len(enough) else float(np.nextafter(n.threshold[-1], np.inf))
