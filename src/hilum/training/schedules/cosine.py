"""Half a cosine."""

import math

from hilum.registry import register


@register
def cosine(done: float) -> float:
    """Falls as half a cosine that would reach 0 one step after the phase's last.

    >>> [round(cosine(done), 2) for done in (0, 0.5, 0.75)]
    [1.0, 0.5, 0.15]
    """
    return 0.5 * (1 + math.cos(math.pi * done))
