"""LayerCAM: each place of a feature map weighted by its own gradient, where that speaks for the finding."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hilum.explain.gradients import looked_at
from hilum.explain.scale import Scale, to_unit
from hilum.registry import register


@register
def layercam(model: nn.Module, image: Tensor, findings: Sequence[int] | None = None, scale: Scale = to_unit) -> Tensor:
    """Feature maps times the positive part of their own gradients, place by place, summed over maps.

    Of the encoder's last maps; its authors also use earlier, finer ones, which a head does not see here.

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

    Source: Jiang et al. 2021, LayerCAM, IEEE TIP 30:5875-5888, eq. 4 to 6.
    """
    maps, gradients = looked_at(model, image, findings)
    return scale(torch.einsum("bdhw,kbdhw->bkhw", maps, gradients.clamp(min=0)))
