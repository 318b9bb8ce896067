"""Parts covered."""

import math

import torch
from torch import Generator

from hilum.data.batch import Batch
from hilum.data.transforms.chance import sometimes
from hilum.data.transforms.draws import centers, each
from hilum.data.transforms.limits import Share
from hilum.data.transforms.views import each_view
from hilum.registry import register


@register
@each_view
@sometimes(0.25)
def erasing(batch: Batch, generator: Generator, *, share: Share = 0.1) -> Batch:
    """Cover a rectangle with the image's mean gray.

    Args:
        batch: its image is (B, 1, h, w) in [0, 1].
        generator: of the draw.
        share: largest share of the image's area under the rectangle; its sides are at most 3 to 1.

    Source: Zhong et al. 2020, Random erasing data augmentation, AAAI.
    """
    image = batch.inputs["image"]
    drawn = torch.rand((4, *each(image)), generator=generator, device=image.device)
    ratio = (2 * drawn[1] - 1).mul(math.log(3) / 2).exp()  # of a side to the square root of the area
    side = (share * drawn[0]).sqrt()
    height, width = (side * ratio).clamp(max=1), (side / ratio).clamp(max=1)
    y, x = ((centers(side, image.device) + 1) / 2 for side in image.shape[-2:])
    y = y.unsqueeze(-1)
    top, left = drawn[2] * (1 - height), drawn[3] * (1 - width)
    inside = (y >= top) & (y < top + height) & (x >= left) & (x < left + width)
    return batch.with_image(torch.where(inside, image.mean(dim=(-2, -1), keepdim=True), image))
