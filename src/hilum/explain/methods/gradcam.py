"""Grad-CAM: class activation maps for any head, from the gradients of the logits."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hilum.explain.gradients import looked_at
from hilum.explain.scale import Scale, to_unit
from hilum.registry import register


@register
def gradcam(model: nn.Module, image: Tensor, findings: Sequence[int] | None = None, scale: Scale = to_unit) -> Tensor:
    """Feature maps weighted by the mean gradient of each finding's logit; equals `cam` where the head is linear.

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

    Source: Selvaraju et al. 2017, Grad-CAM, ICCV, eq. 1 and 2; its ReLU is `scale`'s `zero="relu"`.
    """
    maps, gradients = looked_at(model, image, findings)
    return scale(torch.einsum("bdhw,kbd->bkhw", maps, gradients.mean(dim=(-2, -1))))
