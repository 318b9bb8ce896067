"""AUC-margin loss: pairs of a present and an absent label are to be ranked right, without ever forming a pair."""

from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor

from hilum.registry import register


class _Ascending(torch.autograd.Function):
    """max(alpha, 0), with the gradient turned round: whatever goes down by gradients goes up in alpha.

    At 0 a step that would lead below is no step, so that alpha stays where it is a maximum's multiplier.
    """

    @staticmethod
    def forward(ctx: Any, alpha: Tensor) -> Tensor:
        ctx.save_for_backward(alpha)
        return alpha.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        (alpha,) = ctx.saved_tensors
        return torch.where((alpha <= 0) & (slope < 0), 0.0, -slope)


@register
def auc_margin(
    logits: Tensor,
    targets: Tensor,
    *,
    counts: Tensor,
    a: Tensor,
    b: Tensor,
    alpha: Tensor,
    margin: Annotated[float, Field(gt=0)] = 1.0,
) -> Tensor:
    """The squared hinge on the distance of present and absent probabilities, as a minimum and a maximum.

    It is least in a and b, the mean probabilities of present and absent labels, and greatest in alpha >= 0. The three
    are learned with the network, from 0, by the same optimizer: their gradients point so that descending in all of them
    is right (alpha's is turned round).

    Args:
        logits: (B, K), any real numbers.
        targets: (B, K) in [0, 1].
        counts: (K, 2) weight of present and absent labels among those to learn from, which give the share p of
            present ones; a finding that has only one of them teaches nothing.
        a: (K,) mean probability of present labels, as learned.
        b: (K,) of absent ones.
        alpha: (K,) the multiplier.
        margin: by how much present labels' probabilities are to lie above absent ones', in (0, 1].

    Returns:
        (B, K), any real numbers; their mean is p (1 - p) times the loss of all pairs when a, b and alpha are right.

    >>> half = torch.full((1,), 0.5)
    >>> auc_margin(torch.zeros(1, 1), torch.ones(1, 1), counts=torch.ones(1, 2), a=half, b=half, alpha=half)
    tensor([[-0.0625]])

    Source: Yuan et al. 2021, arXiv:2012.03173, with the share of present labels as in Ying et al. 2016, Stochastic
    online AUC maximization, NIPS; trained there by PESG.
    """
    present, absent = counts.to(logits).unbind(dim=1)
    share = present / (present + absent).clamp(min=1e-8)  # p
    rate, up = logits.sigmoid(), _Ascending.apply(alpha)
    far = (1 - share) * (rate - a) ** 2 * targets + share * (rate - b) ** 2 * (1 - targets)
    apart = share * (1 - share) * margin + share * rate * (1 - targets) - (1 - share) * rate * targets
    each: Tensor = far + 2 * up * apart - share * (1 - share) * up**2
    return each
