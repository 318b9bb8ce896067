"""Grain."""

import torch
from torch import Generator

from hilum.data.batch import Batch
from hilum.data.transforms.draws import each
from hilum.registry import register


@register
def noise(batch: Batch, generator: Generator, *, deviation: float = 0.02) -> Batch:
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
