"""U-Ignore."""

from torch import Tensor

from hilum.registry import register


@register
def ignore(labels: Tensor) -> tuple[Tensor, Tensor]:
    """Uncertain labels are left out of the loss.

    Args:
        labels: (N,) of 1 present, 0 absent, -1 uncertain, all of one finding.

    Returns:
        Targets (N,) in [0, 1] and weights (N,) >= 0; a label of weight 0 teaches nothing.

    >>> import torch
    >>> ignore(torch.tensor([1.0, 0.0, -1.0]))
    (tensor([1., 0., 0.]), tensor([1., 1., 0.]))
    """
    return labels.clamp(min=0), (labels >= 0).to(labels.dtype)
