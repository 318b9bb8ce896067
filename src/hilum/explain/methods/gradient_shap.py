"""Gradient SHAP: integrated gradients from many even images instead of one, at random places on the way."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hilum.explain.gradients import path_gradients
from hilum.explain.scale import Scale, to_unit
from hilum.registry import register

SAMPLES = 32


@register
def gradient_shap(
    model: nn.Module, image: Tensor, findings: Sequence[int] | None = None, scale: Scale = to_unit
) -> Tensor:
    """Expected gradients: what each pixel adds to the logit, mean over even images of grays that the image holds.

    Its authors begin at other images of the training set; an explainer here is given one image, and begins at grays
    drawn from its pixels, always the same draws. Speckled as it stands: read it with `smoothing`. Costs 32 passes
    forward and as many back a finding.

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

    Source: Lundberg & Lee 2017, A unified approach to interpreting model predictions, NeurIPS; Erion et al. 2021,
    Improving performance of deep learning models with axiomatic attribution priors and expected gradients, Nature
    Machine Intelligence 3:620-631, eq. 2.
    """
    generator = torch.Generator().manual_seed(0)
    shares = torch.rand(SAMPLES, generator=generator).to(image)
    pixels = image.flatten(2)  # (B, C, H W)
    places = torch.randint(pixels.shape[-1], (SAMPLES,), generator=generator).to(image.device)
    grays = pixels[..., places].permute(0, 2, 1)[..., None, None]  # (B, SAMPLES, C, 1, 1)
    ways = [path_gradients(model, one, gray, shares, findings) for one, gray in zip(image, grays, strict=True)]
    return scale(torch.stack(ways))
