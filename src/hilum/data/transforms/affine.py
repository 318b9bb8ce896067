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

Way = tuple[Tensor, ...]  # cosine and sine by the zoom, right, down


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
        ways = [tuple(place[number, 0, 0] for place in places) for number in range(len(image))]
        moved["boxes"] = [
            _box_image(boxes, image.shape[-1], way) for boxes, way in zip(batch.targets["boxes"], ways, strict=True)
        ]
        if "outlines" in batch.targets:
            moved["outlines"] = [
                torch.cat([corners[:, :2], _moved(corners[:, 2:], image.shape[-1], way)], dim=1)
                for corners, way in zip(batch.targets["outlines"], ways, strict=True)
            ]
    return batch.with_image(_sampled(image, grid, "bilinear"), **moved)


def _sampled(planes: Tensor, grid: Tensor, mode: str) -> Tensor:
    kept = functional.grid_sample(planes.float(), grid, mode=mode, padding_mode="zeros", align_corners=False)
    return kept.to(planes.dtype)


def _box_image(boxes: Tensor, size: int, way: Way) -> Tensor:
    """(n, 4) boxes on the old square to upright boxes around where their corners lie on the new one, cut to it."""
    if not len(boxes):
        return boxes
    corners = _moved(boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 2), size, way).reshape(-1, 4, 2)
    return torch.cat([corners.amin(dim=1), corners.amax(dim=1)], dim=1).clamp(0, size)


def _moved(points: Tensor, size: int, way: Way) -> Tensor:
    """(n, 2) x and y on the old square to where they lie on the new one: the sums above, solved for the place."""
    cosine, sine, right, down = way
    x, y = (points * 2 / size - 1 - torch.stack([right, down])).unbind(dim=1)
    squared = cosine**2 + sine**2
    return (torch.stack([cosine * x + sine * y, cosine * y - sine * x], dim=1) / squared + 1) * size / 2
