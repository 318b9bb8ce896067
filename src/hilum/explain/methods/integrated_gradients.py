"""Integrated gradients: the logit shared out among pixels, along the way from an even image to this one."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hilum.explain.gradients import path_gradients
from hilum.explain.scale import Scale, to_unit
from hilum.registry import register

STEPS = 32  # on the way, the middles of as many equal parts


@register
def integrated_gradients(
    model: nn.Module, image: Tensor, findings: Sequence[int] | None = None, scale: Scale = to_unit
) -> Tensor:
    """What each pixel adds to the logit on the way from an image of its mean gray; all pixels together add up to it.

    Speckled as it stands, since neighbors may speak for and against: read it with `smoothing`. Costs 32 passes forward
    and as many back a finding.

    Args:
        model: an `ImageView`.
        image: (B, C, H, W), prepared as the model expects.
        findings: positions among the model's outputs; None for all.
        scale: evidence to [0, 1].

    Returns:
        (B, K, H, W) float32 in [0, 1] on the image's pixels; 0 = no more evidence than the image's average place,
        1 = the strongest place (`hilum.explain.scale`).

    Raises:
        ConfigError: when the model looks at no image, or its head has no gradient.

    Source: Sundararajan et al. 2017, Axiomatic attribution for deep networks, ICML, eq. 3.
    """
    shares = (torch.arange(STEPS, device=image.device, dtype=image.dtype) + 0.5) / STEPS
    means = image.mean(dim=(-2, -1), keepdim=True)
    ways = [
        path_gradients(model, one, mean.expand(STEPS, -1, -1, -1), shares, findings)
        for one, mean in zip(image, means, strict=True)
    ]
    return scale(torch.stack(ways))
