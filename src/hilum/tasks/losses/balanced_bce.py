"""Binary cross-entropy in which present and absent labels of a finding weigh the same."""

import torch
from torch import Tensor
from torch.nn import functional

from hilum.registry import register


@register
def balanced_bce(logits: Tensor, targets: Tensor, *, counts: Tensor) -> Tensor:
    """Present labels count as often as absent ones together, and absent ones as often as present ones together.

    Args:
        logits: (B, K), any real numbers.
        targets: (B, K) in [0, 1].
        counts: (K, 2) weight of present and absent labels among those to learn from; a finding that has only one of
            them is weighed as it is.

    Returns:
        (B, K), >= 0.

    >>> balanced_bce(torch.zeros(1, 1), torch.tensor([[1.0]]), counts=torch.tensor([[10.0, 30.0]]))
    tensor([[1.0397]])

    Source: Wang et al. 2017, arXiv:1705.02315, eq. 1, with the batch's counts replaced by those of the training set.
    """
    present, absent = counts.to(logits).unbind(dim=1)
    total, both = present + absent, (present > 0) & (absent > 0)
    share = torch.where(both, absent / total.clamp(min=1e-8), 0.5)  # of the loss that present labels carry
    each = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return each * 2 * (targets * share + (1 - targets) * (1 - share))
