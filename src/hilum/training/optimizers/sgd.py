"""Stochastic gradient descent."""

from torch import optim

from hilum.registry import register
from hilum.training.groups import Groups


@register
def sgd(
    groups: Groups, *, lr: float, weight_decay: float = 0.0001, momentum: float = 0.9, nesterov: bool = True
) -> optim.Optimizer:
    """Stochastic gradient descent with momentum.

    Args:
        groups: of weights; those that are spared decay say so themselves.
        lr: filled from the phase.
        weight_decay: >= 0; biases and norms are spared it.
        momentum: in [0, 1); 0 for none.
        nesterov: look ahead along the momentum; only where there is some.

    Source: Sutskever et al. 2013, On the importance of initialization and momentum in deep learning, ICML.
    """
    ahead = nesterov and momentum > 0
    return optim.SGD(groups, lr=lr, weight_decay=weight_decay, momentum=momentum, nesterov=ahead, fused=True)
