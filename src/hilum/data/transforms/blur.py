"""Out of focus, or breathing."""

import torch
from torch import Generator

from hilum.data.batch import Batch
from hilum.data.transforms.chance import sometimes
from hilum.data.transforms.gaussian import smoothed
from hilum.data.transforms.limits import Size
from hilum.data.transforms.views import each_view
from hilum.registry import register


@register
@each_view
@sometimes(0.5)
def blur(batch: Batch, generator: Generator, *, sigma: Size = 1.0) -> Batch:
    """Blur with a Gaussian filter, each image with its own width between none and `sigma`.

    Args:
        batch: its image is (B, 1, h, w) in [0, 1].
        generator: of the draw.
        sigma: largest standard deviation of the filter, in pixels of the square.
    """
    image = batch.inputs["image"]
    width = sigma * torch.rand(len(image), generator=generator, device=image.device)
    return batch.with_image(smoothed(image, width, sigma).clamp(0, 1))
