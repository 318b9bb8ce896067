"""Focal loss of pixels: easy pixels count less."""

from typing import Annotated

from pydantic import Field
from torch import Tensor

from hilum.registry import register
from hilum.tasks.losses.focal import focal


@register
def mask_focal(logits: Tensor, targets: Tensor, known: Tensor, *, gamma: Annotated[float, Field(ge=0)] = 2.0) -> Tensor:
    """Binary cross-entropy times (1 - p)^gamma, a mean over the pixels that are known.

    Args:
        logits: (B, S, h, w), any real numbers.
        targets: (B, S, h, w), 1 inside, 0 outside.
        known: (B, S, h, w), 1 where that is known, else 0.
        gamma: 0 is plain cross-entropy.

    Returns:
        (B, S), >= 0.

    Source: Lin et al. 2017, arXiv:1708.02002, eq. 4.
    """
    return (focal(logits, targets, gamma=gamma) * known).sum((2, 3)) / known.sum((2, 3)).clamp(min=1)
