"""Tversky loss: overlap in which missed pixels and false ones count differently."""

from typing import Annotated

from pydantic import Field
from torch import Tensor

from hilum.registry import register

SMOOTH = 1.0  # a pixel, so that two empty regions agree


@register
def mask_tversky(
    logits: Tensor,
    targets: Tensor,
    known: Tensor,
    *,
    alpha: Annotated[float, Field(ge=0)] = 0.3,
    beta: Annotated[float, Field(ge=0)] = 0.7,
) -> Tensor:
    """One less the Tversky index of probabilities and mask.

    Args:
        logits: (B, S, h, w), any real numbers.
        targets: (B, S, h, w), 1 inside, 0 outside.
        known: (B, S, h, w), 1 where that is known, else 0.
        alpha: weight of pixels falsely inside; alpha = beta = 0.5 is the Dice loss.
        beta: weight of pixels that are missed.

    Returns:
        (B, S) in [0, 1].

    Source: Salehi et al. 2017, arXiv:1706.05721, eq. 3.

    >>> import torch
    >>> mask_tversky(torch.full((1, 1, 2, 2), 20.0), torch.ones(1, 1, 2, 2), torch.ones(1, 1, 2, 2)).abs() < 1e-6
    tensor([[True]])
    """
    inside = logits.sigmoid() * known
    truth = targets * known
    shared = (inside * truth).sum((2, 3))
    false, missed = inside.sum((2, 3)) - shared, truth.sum((2, 3)) - shared
    return 1 - (shared + SMOOTH) / (shared + alpha * false + beta * missed + SMOOTH)
