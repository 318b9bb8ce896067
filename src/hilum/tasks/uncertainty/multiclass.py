"""U-MultiClass."""

import torch
from torch import Tensor

from hilum.registry import register


@register
def multiclass(labels: Tensor) -> tuple[Tensor, Tensor]:
    """Uncertain is a third class: three logits a finding, read as present among present and absent.

    The model then gives logits of absent, present and uncertain, in this order, learned by cross-entropy of the three,
    whatever the recipe's loss; the probability is p(present) / (p(absent) + p(present)).

    >>> multiclass(torch.tensor([1.0, 0.0, -1.0]))
    (tensor([1., 0., 0.]), tensor([1., 1., 1.]))
    """
    return labels.clamp(min=0), torch.ones_like(labels)
