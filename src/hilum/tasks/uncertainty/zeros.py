"""U-Zeros."""

import torch
from torch import Tensor

from hilum.registry import register


@register
def zeros(labels: Tensor) -> tuple[Tensor, Tensor]:
    """Uncertain counts as absent.

    >>> zeros(torch.tensor([1.0, 0.0, -1.0]))
    (tensor([1., 0., 0.]), tensor([1., 1., 1.]))
    """
    return labels.clamp(min=0), torch.ones_like(labels)
