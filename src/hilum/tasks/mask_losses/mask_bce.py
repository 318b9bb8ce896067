"""Binary cross-entropy of pixels."""

from torch import Tensor
from torch.nn import functional

from hilum.registry import register


@register
def mask_bce(logits: Tensor, targets: Tensor, known: Tensor) -> Tensor:
    """Binary cross-entropy, a mean over the pixels that are known.

    Args:
        logits: (B, S, h, w), any real numbers.
        targets: (B, S, h, w), 1 inside, 0 outside.
        known: (B, S, h, w), 1 where that is known, else 0.

    Returns:
        (B, S), >= 0; log 2 = 0.693 where all logits are 0.

    >>> import torch
    >>> mask_bce(torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2), torch.ones(1, 1, 2, 2))
    tensor([[0.6931]])
    """
    each = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return (each * known).sum((2, 3)) / known.sum((2, 3)).clamp(min=1)
