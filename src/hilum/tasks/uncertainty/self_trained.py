"""U-SelfTrained."""

import torch
from torch import Tensor

from hilum.registry import register


@register
def self_trained(labels: Tensor, *, said: Tensor, run: str = "") -> tuple[Tensor, Tensor]:  # noqa: ARG001
    """Uncertain counts as the probability that a first Run gives, learned with another policy.

    Args:
        labels: (N,) of 1 present, 0 absent, -1 uncertain, all of one finding.
        said: (N,) what the Run says of this finding; NaN where it could not read the image, which then teaches nothing.
        run: the folder of the first Run, as a rule learned with `ignore`; needed when learning begins.

    >>> self_trained(torch.tensor([1.0, 0.0, -1.0, -1.0]), said=torch.tensor([0.2, 0.4, 0.7, float("nan")]))
    (tensor([1.0000, 0.0000, 0.7000, 0.0000]), tensor([1., 1., 1., 0.]))
    """
    taught = torch.where(labels < 0, said.to(labels.dtype), labels)
    return taught.nan_to_num(0.0), taught.isfinite().to(labels.dtype)
