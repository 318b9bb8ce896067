"""HiResCAM: each place of a feature map weighted by its own gradient, for or against the finding."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hilum.explain.gradients import looked_at
from hilum.explain.scale import Scale, to_unit
from hilum.registry import register


@register
def hirescam(model: nn.Module, image: Tensor, findings: Sequence[int] | None = None, scale: Scale = to_unit) -> Tensor:
    """Feature maps times their own gradients, place by place, summed over maps.

    Where the head is linear on averages it is `cam`. Behind other poolings (max, log-sum-exp, attention) it keeps to
    the places that the head looked at, which Grad-CAM's mean gradient blurs.

    Args:
        model: an `ImageView`.
        image: (B, C, H, W), prepared as the model expects.
        findings: positions among the model's outputs; None for all.
        scale: evidence to [0, 1].

    Returns:
        (B, K, h, w) float32 in [0, 1]; 0 = no more evidence than the image's average place,
        1 = the strongest place (`hilum.explain.scale`).

    Raises:
        ConfigError: when the model has no feature maps to look at, or its head has no gradient.

    Source: Draelos & Carin 2020, HiResCAM, arXiv:2011.08891, eq. 3.
    """
    maps, gradients = looked_at(model, image, findings)
    return scale(torch.einsum("bdhw,kbdhw->bkhw", maps, gradients))
