"""Adam."""

from torch import optim

from hilum.registry import register
from hilum.training.groups import Groups


@register
def adam(groups: Groups, *, lr: float, weight_decay: float = 0.0) -> optim.Optimizer:
    """Adam; weight decay, when asked for, goes into the gradient.

    Args:
        groups: of weights; those that are spared decay say so themselves.
        lr: filled from the phase.
        weight_decay: >= 0; biases and norms are spared it.

    Source: Kingma & Ba 2015, arXiv:1412.6980.
    """
    return optim.Adam(groups, lr=lr, weight_decay=weight_decay, fused=True)
