"""Down when it no longer gets better."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from hilum.registry import register


@register
def plateau(
    done: float,  # noqa: ARG001
    *,
    better: Sequence[bool],
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.1,
    patience: Annotated[int, Field(ge=1)] = 1,
    least: Annotated[float, Field(ge=0, lt=1)] = 0.0001,
) -> float:
    """Falls to a fraction each time that no epoch has been better for long enough, by the monitored figure.

    Args:
        done: share of the phase; plays no part.
        better: of each of the phase's epochs so far, whether it was the best; filled as training goes.
        factor: what is left of the rate after each fall.
        patience: epochs without a better one before a fall; they are counted anew after it.
        least: share of the highest rate below which it does not fall.

    Source: Rajpurkar et al. 2017, arXiv:1711.05225 (a tenth each time that the validation loss stops falling).

    >>> [plateau(0, better=[True, False, False][:epochs], factor=0.5, patience=2) for epochs in (1, 2, 3)]
    [1.0, 1.0, 0.5]
    """
    share, waited = 1.0, 0
    for epoch_was_better in better:
        waited = 0 if epoch_was_better else waited + 1
        if waited == patience:
            share, waited = max(least, share * factor), 0
    return share
