"""Mirrored images."""

from typing import Any

import torch
from torch import Generator

from hilum.data.batch import Batch
from hilum.data.transforms.draws import each
from hilum.registry import register


@register
def flip(batch: Batch, generator: Generator, *, chance: float = 0.5) -> Batch:
    """Mirror images left to right. In no recipe of Hilum's, since a mirrored chest is another patient.

    The heart lies on the left and the right diaphragm higher; mirroring teaches that situs inversus is usual, and
    turns the burnt-in side marker into a letter that no image has. Boxes and masks go along; a mask keeps its channel,
    so left and right lung must not have a channel each.

    Args:
        batch: its image is (B, 1, h, w) in [0, 1].
        generator: of the draw.
        chance: share of images that are mirrored.
    """
    image = batch.inputs["image"]
    turned = torch.rand(each(image), generator=generator, device=image.device) < chance
    moved: dict[str, Any] = {}
    if "masks" in batch.targets:
        moved["masks"] = torch.where(turned, batch.targets["masks"].flip(-1), batch.targets["masks"])
    if "boxes" in batch.targets:
        width = image.shape[-1]
        mirror = torch.tensor([-1.0, 1.0, -1.0, 1.0], device=image.device)
        offset = torch.tensor([width, 0.0, width, 0.0], device=image.device)
        moved["boxes"] = [
            boxes[:, [2, 1, 0, 3]] * mirror + offset if turn else boxes
            for boxes, turn in zip(batch.targets["boxes"], turned.flatten().tolist(), strict=True)
        ]
    return batch.with_image(torch.where(turned, image.flip(-1), image), **moved)
