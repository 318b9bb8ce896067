"""AdamW."""

from torch import optim

from hilum.registry import register
from hilum.training.groups import Groups


@register
def adamw(groups: Groups, *, lr: float, weight_decay: float = 0.01) -> optim.Optimizer:
    """Adam with weight decay apart from the gradient.

    Args:
        groups: of weights; those that are spared decay say so themselves.
        lr: filled from the phase.
        weight_decay: >= 0; biases and norms are spared it.

    Source: Loshchilov & Hutter 2019, arXiv:1711.05101.
    """
    return optim.AdamW(groups, lr=lr, weight_decay=weight_decay, fused=True)
