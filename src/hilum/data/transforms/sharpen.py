"""The edge enhancement of another maker's workstation."""

import torch
from torch import Generator

from hilum.data.batch import Batch
from hilum.data.transforms.chance import sometimes
from hilum.data.transforms.draws import each
from hilum.data.transforms.gaussian import smoothed
from hilum.data.transforms.limits import Size
from hilum.data.transforms.views import each_view
from hilum.registry import register


@register
@each_view
@sometimes(0.5)
def sharpen(batch: Batch, generator: Generator, *, amount: Size = 1.0, sigma: Size = 1.5) -> Batch:
    """Unsharp masking: add what a blur takes away, each image with its own amount between none and `amount`.

    Args:
        batch: its image is (B, 1, h, w) in [0, 1].
        generator: of the draw.
        amount: how many times the difference between image and blurred image is added, at most.
        sigma: standard deviation of that blur, in pixels of the square.
    """
    image = batch.inputs["image"]
    strength = amount * torch.rand(each(image), generator=generator, device=image.device)
    blurred = smoothed(image, torch.full((len(image),), sigma, device=image.device), sigma)
    return batch.with_image((image + strength * (image - blurred)).clamp(0, 1))
