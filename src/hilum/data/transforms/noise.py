"""Grain."""

import torch
from torch import Generator

from hilum.data.batch import Batch
from hilum.data.transforms.chance import sometimes
from hilum.data.transforms.draws import each
from hilum.data.transforms.limits import Size
from hilum.data.transforms.views import each_view
from hilum.registry import register


@register
@each_view
@sometimes(1.0)
def noise(batch: Batch, generator: Generator, *, deviation: Size = 0.02) -> Batch:
    """Normal noise on each pixel, each image with its own strength between none and `deviation`.

    Args:
        batch: its image is (B, 1, h, w) in [0, 1].
        generator: of the draw.
        deviation: largest standard deviation.
    """
    image = batch.inputs["image"]
    strength = deviation * torch.rand(each(image), generator=generator, device=image.device)
    drawn = torch.randn(image.shape, generator=generator, device=image.device)
    return batch.with_image((image + strength * drawn).clamp(0, 1))
