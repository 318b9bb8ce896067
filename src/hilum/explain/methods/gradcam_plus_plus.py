"""Grad-CAM++: Grad-CAM whose weights count places that speak for the finding, and those more that do so strongly."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hilum.explain.gradients import looked_at
from hilum.explain.scale import Scale, to_unit
from hilum.registry import register


@register
def gradcam_plus_plus(
    model: nn.Module, image: Tensor, findings: Sequence[int] | None = None, scale: Scale = to_unit
) -> Tensor:
    """Feature maps weighted by the places whose gradient is positive, made for several spots of one finding.

    The score behind its closed form is the exponential of the logit, whose higher derivatives are powers of the first.
    Behind a linear head on averages every place of a map has the same gradient: what is left of its idea there is that
    maps that speak against the finding are not looked at.

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

    Source: Chattopadhay et al. 2018, Grad-CAM++, WACV, eq. 10, 11 and 19.
    """
    maps, first = looked_at(model, image, findings)
    second, third = first**2, first**3
    below = 2 * second + maps.sum(dim=(-2, -1), keepdim=True) * third
    share = second / below.where(below != 0, 1.0)
    weights = (share * first.clamp(min=0)).sum(dim=(-2, -1))  # (K, B, D)
    return scale(torch.einsum("bdhw,kbd->bkhw", maps, weights))
