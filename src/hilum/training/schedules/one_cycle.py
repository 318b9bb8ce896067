"""Up, and further down."""

import math
from typing import Annotated

from pydantic import Field

from hilum.registry import register

Share = Annotated[float, Field(gt=0, lt=1)]


@register
def one_cycle(done: float, *, rise: Share = 0.3, first: Share = 0.04, last: Share = 4e-6) -> float:
    """Half a cosine up and half a cosine further down; needs no warm-up beside it.

    Args:
        done: share of the phase.
        rise: share of the phase over which the rate rises.
        first: share of the highest rate at the beginning.
        last: share of the highest rate at the end.

    Source: Smith & Topin 2017, arXiv:1708.07120; the form and the shares as in PyTorch's OneCycleLR, whose cycle of the
    momentum is left out.

    >>> [round(one_cycle(done), 2) for done in (0, 0.15, 0.3, 0.65)]
    [0.04, 0.52, 1.0, 0.5]
    """
    start, end, part = (first, 1.0, done / rise) if done < rise else (1.0, last, (done - rise) / (1 - rise))
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * part))
