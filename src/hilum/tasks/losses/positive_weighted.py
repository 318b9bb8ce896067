"""Binary cross-entropy whose present labels are weighted by what the training labels hold."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from hilum.registry import register


@register
def positive_weighted(
    logits: Tensor, targets: Tensor, *, counts: Tensor, most: Annotated[float, Field(gt=0)] | None = None
) -> Tensor:
    """Binary cross-entropy; a present label counts as often as there are absent labels to each present one.

    Unlike `balanced_bce`, absent labels keep their weight of one, so that rare findings weigh more than frequent ones.

    Args:
        logits: (B, K), any real numbers.
        targets: (B, K) in [0, 1].
        counts: (K, 2) weight of present and absent labels among those to learn from; a finding that has only one of
            them is weighed as it is.
        most: no present label counts more often than this; null for no limit.

    Returns:
        (B, K), >= 0.

    >>> positive_weighted(torch.zeros(1, 1), torch.tensor([[1.0]]), counts=torch.tensor([[10.0, 30.0]]))
    tensor([[2.0794]])

    Source: as commonly used; e.g. PyTorch's documentation of BCEWithLogitsLoss, `pos_weight`.
    """
    present, absent = counts.to(logits).unbind(dim=1)
    weight = torch.where((present > 0) & (absent > 0), absent / present.clamp(min=1e-8), 1.0)
    weight = weight if most is None else weight.clamp(max=most)
    return functional.binary_cross_entropy_with_logits(logits, targets, pos_weight=weight, reduction="none")
