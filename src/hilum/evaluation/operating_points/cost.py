"""Misses and false alarms at a price."""

import numpy as np
from numpy.typing import ArrayLike

from hilum.evaluation.operating_points.choices import Choices
from hilum.registry import register
from hilum.schema import ConfigError


@register
def cost(present: ArrayLike, score: ArrayLike, *, miss: float = 10.0, false_alarm: float = 1.0) -> float:
    """Misses and false alarms as cheap as can be.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.
        miss: what one missed image costs.
        false_alarm: what one image called wrongly costs.

    >>> cost([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], miss=2)
    0.35
    """
    if miss < 0 or false_alarm < 0:
        raise ConfigError(f"Costs of {miss} a miss and {false_alarm} a false alarm. Expected none below 0.")
    n = Choices.of(present, score)
    nobody = np.nextafter(n.threshold[-1], np.inf)
    spent = np.append(miss * (n.present - n.true) + false_alarm * n.false, miss * n.present)
    return float(np.append(n.threshold, nobody)[np.flatnonzero(spent == spent.min())[-1]])
