"""Binary cross-entropy."""

import torch
from torch import Tensor
from torch.nn import functional

from hilum.registry import register
from hilum.tasks.per_finding import PerFinding


@register
def bce(logits: Tensor, targets: Tensor, *, pos_weight: PerFinding = 1.0) -> Tensor:
    """Binary cross-entropy, each finding on its own.

    Args:
        logits: (B, K), any real numbers.
        targets: (B, K) in [0, 1].
        pos_weight: how many times a present label counts, > 0; one number for all findings, or by name as in
            {Hernia: 5, others: 1}.

    Returns:
        (B, K), >= 0; log 2 = 0.693 where the logit is 0.

    >>> bce(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]), pos_weight=3.0)
    tensor([[2.0794, 0.6931]])
    """
    weight = torch.as_tensor(pos_weight, dtype=logits.dtype, device=logits.device)
    return functional.binary_cross_entropy_with_logits(logits, targets, pos_weight=weight, reduction="none")
