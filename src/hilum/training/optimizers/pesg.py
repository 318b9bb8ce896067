"""Proximal stochastic gradient descent in epochs, for the AUC-margin loss."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, optim

from hilum.registry import register
from hilum.training.groups import Groups


class Pesg(optim.Optimizer):
    """Gradient descent that is held back to where a stage began.

    Args:
        groups: of weights.
        lr: learning rate.
        weight_decay: share of a weight that is added to its gradient.
        pull: share of the way from where the stage began that is added to the gradient.
        momentum: in [0, 1).
    """

    def __init__(self, groups: Groups, *, lr: float, weight_decay: float, pull: float, momentum: float) -> None:
        super().__init__(groups, {"lr": lr, "weight_decay": weight_decay, "pull": pull, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """Make a step; `closure` plays no part."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._move(weight, weight.grad, group)

    def _move(self, weight: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[weight]
        if not state:  # a stage begins with its optimizer
            state["beginning"], state["speed"] = weight.clone(), torch.zeros_like(weight)
        way = gradient + group["weight_decay"] * weight + group["pull"] * (weight - state["beginning"])
        state["speed"].mul_(group["momentum"]).add_(way)
        weight.sub_(state["speed"], alpha=group["lr"])


@register
def pesg(
    groups: Groups, *, lr: float, weight_decay: float = 1e-5, pull: float = 0.002, momentum: float = 0.9
) -> optim.Optimizer:
    """Descent held back to where its phase began: what the loss auc_margin is trained by.

    The paper's stages are the recipe's phases, each from the last weights of the one before, with a lower rate. The
    ascent in the loss's alpha is the loss's own: it turns that gradient round.

    Args:
        groups: of weights; those that are spared decay say so themselves.
        lr: filled from the phase; about 0.1.
        weight_decay: >= 0; biases and norms are spared it.
        pull: >= 0, the paper's gamma; 0 for plain descent.
        momentum: in [0, 1); 0 for none.

    Source: Yuan et al. 2021, arXiv:2012.03173 (PESG), after Guo et al. 2020, arXiv:2006.06889.
    """
    return Pesg(groups, lr=lr, weight_decay=weight_decay, pull=pull, momentum=momentum)
