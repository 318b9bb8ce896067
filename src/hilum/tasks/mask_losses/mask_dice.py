"""Dice loss: one less the overlap."""

from torch import Tensor

from hilum.registry import register
from hilum.tasks.mask_losses.mask_tversky import mask_tversky


@register
def mask_dice(logits: Tensor, targets: Tensor, known: Tensor) -> Tensor:
    """One less the Dice of probabilities and mask.

    Args:
        logits: (B, S, h, w), any real numbers.
        targets: (B, S, h, w), 1 inside, 0 outside.
        known: (B, S, h, w), 1 where that is known, else 0.

    Returns:
        (B, S) in [0, 1].

    Source: Milletari et al. 2016, arXiv:1606.04797 (with plain sums in place of squares).

    >>> import torch
    >>> mask_dice(torch.full((1, 1, 2, 2), -20.0), torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2)).abs() < 1e-6
    tensor([[True]])
    """
    return mask_tversky(logits, targets, known, alpha=0.5, beta=0.5)
