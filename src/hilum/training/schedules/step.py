"""Down at given moments."""

from typing import Annotated

from pydantic import Field

from hilum.registry import register


@register
def step(
    done: float,
    *,
    at: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = (0.5, 0.75),
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.1,
) -> float:
    """Falls to a fraction at given moments of the phase.

    Args:
        done: share of the phase.
        at: the moments, as shares of the phase.
        factor: what is left of the rate after each.

    Source: He et al. 2016, arXiv:1512.03385 (divided by 10 at a half and at three quarters, on CIFAR-10).

    >>> [round(step(done), 2) for done in (0, 0.5, 0.75)]
    [1.0, 0.1, 0.01]
    """
    return factor ** sum(done >= moment for moment in at)
