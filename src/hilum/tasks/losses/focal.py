"""Focal loss: easy labels count less."""

from torch import Tensor
from torch.nn import functional

from hilum.registry import register


@register
def focal(logits: Tensor, targets: Tensor, *, gamma: float = 2.0) -> Tensor:
    """Binary cross-entropy times (1 - p)^gamma, where p is the probability given to what is right.

    Args:
        logits: (B, K), any real numbers.
        targets: (B, K) in [0, 1].
        gamma: >= 0; 0 is plain cross-entropy.

    Returns:
        (B, K), >= 0.

    >>> import torch
    >>> focal(torch.zeros(1, 1), torch.ones(1, 1))
    tensor([[0.1733]])

    Source: Lin et al. 2017, arXiv:1708.02002, eq. 4.
    """
    each = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    right = targets * logits.sigmoid() + (1 - targets) * (-logits).sigmoid()
    return each * (1 - right) ** gamma
