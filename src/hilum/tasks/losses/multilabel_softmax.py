"""Softmax over findings when several may be present: every present one above every absent one."""

import torch
from torch import Tensor

from hilum.registry import register


@register
def multilabel_softmax(logits: Tensor, targets: Tensor, *, weights: Tensor) -> Tensor:
    """Each present finding of an image above each absent one, and both on their sides of 0: softmax for several labels.

    log(1 + sum of exp(-s) over present findings) + log(1 + sum of exp(s) over absent ones), image by image. The sigmoid
    of a logit still says present from 0.5 on.

    Args:
        logits: (B, K), any real numbers.
        targets: (B, K) in [0, 1].
        weights: (B, K) >= 0; a label of weight 0 is left out of its image's sums.

    Returns:
        A scalar >= 0, the mean over images that teach something; 0 when none does.

    >>> multilabel_softmax(torch.zeros(1, 3), torch.tensor([[1.0, 0.0, 0.0]]), weights=torch.ones(1, 3))
    tensor(1.7918)

    Source: Su et al. 2022, ZLPR, arXiv:2208.02955; the soft version for targets between 0 and 1.
    """
    zero = logits.new_zeros(len(logits), 1)
    present = torch.cat([zero, (targets * weights).log() - logits], dim=1).logsumexp(dim=1)  # (B,)
    absent = torch.cat([zero, ((1 - targets) * weights).log() + logits], dim=1).logsumexp(dim=1)
    teaches = (weights > 0).any(dim=1)
    return ((present + absent) * teaches).sum() / teaches.sum().clamp(min=1)
