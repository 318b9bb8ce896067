"""What to learn from a label that says "uncertain" (-1): one function a policy.

A policy turns labels into targets and weights. It speaks of uncertain labels alone; what a missing label (NaN) means
is asked for apart, as `missing`, since a source that is silent is not a source in doubt.

Source: Irvin et al. 2019, CheXpert, arXiv:1901.07031, section 3 (U-Ignore, U-Zeros, U-Ones).
"""

import torch
from torch import Tensor

from hilum.registry import register


@register
def ignore(labels: Tensor) -> tuple[Tensor, Tensor]:
    """Uncertain labels are left out of the loss.

    Args:
        labels: (B, K) of 1 present, 0 absent, -1 uncertain.

    Returns:
        Targets (B, K) in {0, 1} and weights (B, K) in {0, 1}; a label of weight 0 teaches nothing.

    >>> ignore(torch.tensor([[1.0, 0.0, -1.0]]))
    (tensor([[1., 0., 0.]]), tensor([[1., 1., 0.]]))
    """
    return labels.clamp(min=0), (labels >= 0).to(labels.dtype)


@register
def zeros(labels: Tensor) -> tuple[Tensor, Tensor]:
    """Uncertain counts as absent.

    >>> zeros(torch.tensor([[1.0, 0.0, -1.0]]))
    (tensor([[1., 0., 0.]]), tensor([[1., 1., 1.]]))
    """
    return labels.clamp(min=0), torch.ones_like(labels)


@register
def ones(labels: Tensor) -> tuple[Tensor, Tensor]:
    """Uncertain counts as present.

    >>> ones(torch.tensor([[1.0, 0.0, -1.0]]))
    (tensor([[1., 0., 1.]]), tensor([[1., 1., 1.]]))
    """
    return labels.abs(), torch.ones_like(labels)
