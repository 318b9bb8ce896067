"""Asymmetric loss: easy absent labels count less than easy present ones, and the easiest not at all."""

from typing import Annotated

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from hilum.registry import register

Exponent = Annotated[float, Field(ge=0)]
LEAST = 1e-8  # of a probability: powers below one have no slope at 0


@register
def asymmetric(
    logits: Tensor,
    targets: Tensor,
    *,
    gamma_present: Exponent = 1.0,
    gamma_absent: Exponent = 4.0,
    clip: Annotated[float, Field(ge=0, lt=1)] = 0.05,
) -> Tensor:
    """Cross-entropy in which easy absent labels count less than easy present ones, and the easiest nothing.

    -(1 - p)^g log p of a present label, and -q^h log(1 - q) of an absent one, where q is p less a margin.

    Args:
        logits: (B, K), any real numbers.
        targets: (B, K) in [0, 1].
        gamma_present: g >= 0; 0 is plain cross-entropy.
        gamma_absent: h >= 0, usually larger.
        clip: the margin; an absent label whose probability lies below it costs nothing.

    Returns:
        (B, K), >= 0.

    >>> import torch
    >>> asymmetric(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]))
    tensor([[0.3466, 0.0245]])

    Source: Ridnik et al. 2021, arXiv:2009.14119.
    """
    yes, no = logits.sigmoid().clamp(min=LEAST), (-logits).sigmoid()
    moved = (yes - clip).clamp(min=LEAST)  # q
    log_no = (no + clip).clamp(min=LEAST, max=1).log() if clip else functional.logsigmoid(-logits)
    present = no.clamp(min=LEAST) ** gamma_present * -functional.logsigmoid(logits)
    return targets * present + (1 - targets) * moved**gamma_absent * -log_no
