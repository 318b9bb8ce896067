"""Another pose: rotated, shifted, scaled."""

import math
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Generator, Tensor
from torch.nn import functional

from hilum.data.batch import Batch
from hilum.data.transforms.chance import sometimes
from hilum.data.transforms.draws import centers, even
from hilum.data.transforms.limits import Share, Size
from hilum.data.transforms.views import each_view
from hilum.registry import register


@register
@each_view
@sometimes(1.0)
def affine(
    batch: Batch,
    generator: Generator,
    *,
    degrees: Size = 10.0,
    translate: Share = 0.05,
    scale: Annotated[float, Field(ge=0, lt=1)] = 0.1,
) -> Batch:
    """Rotate, shift and scale each image; what comes in from outside is black. Boxes and masks go along.

    Args:
        batch: its image is (B, 1, h, h) in [0, 1], square.
        generator: of the draw.
        degrees: largest rotation, either way.
        translate: largest shift before scaling, as a share of the square, either way.
        scale: largest change of size, as a share, either way.
    """
    image = batch.inputs["image"]
    angle = even(image, generator, math.radians(degrees))
    zoom = 1 + even(image, generator, scale)
    right, down = (2 * even(image, generator, translate).reshape(-1, 1, 1) for _ in range(2))
    cosine, sine = ((turn / zoom).reshape(-1, 1, 1) for turn in (angle.cos(), angle.sin()))
    # Where each pixel comes from, in -1 … 1: affine_grid's sums, without its matrix product that is slow on a CPU
    y, x = (centers(pixels, image.device) for pixels in image.shape[-2:])
    y = y.unsqueeze(-1)
    grid = torch.empty((len(image), *image.shape[-2:], 2), device=image.device)  # filled: stacking is slower
    torch.sub(cosine * x + right, sine * y, out=grid[..., 0])
    torch.add(sine * x + down, cosine * y, out=grid[..., 1])
    moved: dict[str, Any] = {}
    if "masks" in batch.targets:
        moved["masks"] = _sampled(batch.targets["masks"], grid, "nearest")
    if "boxes" in batch.targets:
        places = (cosine, sine, right, down)
        moved["boxes"] = [
            _box_image(boxes, image.shape[-1], *(place[number, 0, 0] for place in places))
            for number, boxes in enumerate(batch.targets["boxes"])
        ]
    return batch.with_image(_sampled(image, grid, "bilinear"), **moved)


def _sampled(planes: Tensor, grid: Tensor, mode: str) -> Tensor:
    kept = functional.grid_sample(planes.float(), grid, mode=mode, padding_mode="zeros", align_corners=False)
    return kept.to(planes.dtype)


def _box_image(boxes: Tensor, size: int, cosine: Tensor, sine: Tensor, right: Tensor, down: Tensor) -> Tensor:
    """(n, 4) boxes on the old square to upright boxes around where their corners lie on the new one, cut to it."""
    corners = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2) * 2 / size - 1  # (n, 4, 2) in -1 … 1
    x, y = corners[..., 0] - right, corners[..., 1] - down
    squared = cosine**2 + sine**2
    new_x, new_y = (cosine * x + sine * y) / squared, (cosine * y - sine * x) / squared
    ends = [new_x.amin(1), new_y.amin(1), new_x.amax(1), new_y.amax(1)] if len(boxes) else [boxes[:, 0]] * 4
    return ((torch.stack(ends, dim=1) + 1) * size / 2).clamp(0, size) if len(boxes) else boxes
