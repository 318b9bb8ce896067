"""Binary cross-entropy with labels that are not quite certain."""

from typing import Annotated

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from hilum.registry import register


@register
def label_smoothing(logits: Tensor, targets: Tensor, *, smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.1) -> Tensor:
    """Binary cross-entropy with targets drawn toward one half: 1 - s/2 for present, s/2 for absent.

    Args:
        logits: (B, K), any real numbers.
        targets: (B, K) in [0, 1].
        smoothing: s; 0 is plain cross-entropy.

    Returns:
        (B, K), >= 0.

    >>> import torch
    >>> label_smoothing(torch.full((1, 1), 2.0), torch.ones(1, 1), smoothing=0.2)
    tensor([[0.3269]])

    Source: Szegedy et al. 2016, arXiv:1512.00567, section 7, with two classes.
    """
    smooth = targets * (1 - smoothing) + smoothing / 2
    return functional.binary_cross_entropy_with_logits(logits, smooth, reduction="none")
