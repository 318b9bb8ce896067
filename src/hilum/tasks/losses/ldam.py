"""Label-distribution-aware margins: rarer labels must be told by more."""

from typing import Annotated

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from hilum.registry import register


@register
def ldam(logits: Tensor, targets: Tensor, *, counts: Tensor, margin: Annotated[float, Field(ge=0)] = 0.5) -> Tensor:
    """Binary cross-entropy whose logits must pass a margin, C / n^(1/4), where n is how often such a label occurs.

    The multi-label form: each finding is a choice of two classes, present and absent, each with its own n. C makes the
    largest margin of all findings `margin`.

    Args:
        logits: (B, K), any real numbers.
        targets: (B, K) in [0, 1].
        counts: (K, 2) weight of present and absent labels among those to learn from.
        margin: the largest margin, in logits; 0 is plain cross-entropy.

    Returns:
        (B, K), >= 0.

    >>> import torch
    >>> ldam(torch.zeros(1, 1), torch.ones(1, 1), counts=torch.tensor([[1.0, 16.0]]))
    tensor([[0.9741]])

    Source: Cao et al. 2019, arXiv:1906.07413, section 3 (margins of two classes).
    """
    margins = counts.to(logits).clamp(min=1) ** -0.25  # (K, 2)
    present, absent = (margins * margin / margins.max()).unbind(dim=1)
    return targets * functional.softplus(present - logits) + (1 - targets) * functional.softplus(logits + absent)
