"""A narrower beam: the dark border that the collimator's edges leave."""

import math
from typing import Annotated

import torch
from pydantic import Field
from torch import Generator

from hilum.data.batch import Batch
from hilum.data.transforms.chance import sometimes
from hilum.data.transforms.draws import centers, each, even
from hilum.data.transforms.limits import Share, Size
from hilum.data.transforms.views import each_view
from hilum.registry import register


# B images
@register
@each_view
@sometimes(0.3)
def collimation(
    batch: Batch,
    generator: Generator,
    *,
    inset: Annotated[float, Field(ge=0, lt=0.5)] = 0.1,
    degrees: Size = 4.0,
    gray: Share = 0.05,
) -> Batch:
    """Darken what lies outside a turned rectangle, as the collimator does; nothing moves.

    Each of the four edges has its own place, and all of them one turn. Boxes and masks stay as they are, also where
    the border covers them.

    Args:
        batch: its image is (B, 1, h, w) in [0, 1].
        generator: of the draw.
        inset: how far an edge moves in at most from where it just touches the image, as a share of the image's side.
        degrees: largest turn of the rectangle, either way.
        gray: brightest gray of the border, drawn anew for each image.
    """
    image = batch.inputs["image"]
    drawn = torch.rand((5, *each(image)), generator=generator, device=image.device)
    insets = 2 * inset * drawn[:4]  # in -1 … 1, where the image is 2 wide
    turn = even(image, generator, math.radians(degrees)).reshape(each(image))
    cosine, sine = turn.cos(), turn.sin()
    reach = cosine + sine.abs()  # half the side of the turned square that just holds the image
    y, x = (centers(side, image.device) for side in image.shape[-2:])
    y = y.unsqueeze(-1)
    # how far beyond its edges a pixel lies, across and down the turned rectangle; negative inside
    across = (cosine * x - (insets[0] - insets[1]) / 2 + sine * y).abs_() - (reach - (insets[0] + insets[1]) / 2)
    down = (cosine * y - (insets[2] - insets[3]) / 2 - sine * x).abs_() - (reach - (insets[2] + insets[3]) / 2)
    # the share of each pixel inside the edge, so that a slanting edge is no staircase
    inside = torch.maximum(across, down).mul_(-image.shape[-1] / 2).add_(0.5).clamp_(0, 1)
    border = gray * drawn[4]
    return batch.with_image((image - border).mul_(inside).add_(border).clamp_(0, 1))
