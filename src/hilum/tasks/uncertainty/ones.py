"""U-Ones."""

import torch
from torch import Tensor

from hilum.registry import register


@register
def ones(labels: Tensor) -> tuple[Tensor, Tensor]:
    """Uncertain counts as present.

    >>> ones(torch.tensor([1.0, 0.0, -1.0]))
    (tensor([1., 0., 1.]), tensor([1., 1., 1.]))
    """
    return labels.abs(), torch.ones_like(labels)
