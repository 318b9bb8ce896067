"""Mirrored images."""

from typing import Any

import torch
from torch import Generator

from hilum.data.batch import Batch
from hilum.data.transforms.chance import sometimes
from hilum.data.transforms.views import each_view
from hilum.registry import register


@register
@each_view
@sometimes(0.5)
def flip(batch: Batch, generator: Generator) -> Batch:  # drawn is only whether it happens
    """Mirror images left to right. In no recipe of Hilum's, since a mirrored chest is another patient.

    The heart lies on the left and the right diaphragm higher; mirroring teaches that situs inversus is usual, and
    turns the burnt-in side marker into a letter that no image has. Boxes and masks go along; a mask keeps its channel,
    so that a task which tells left from right refuses it.

    Args:
        batch: its image is (B, 1, h, w) in [0, 1].
        generator: of the draw.
    """
    moved: dict[str, Any] = {}
    if "masks" in batch.targets:
        moved["masks"] = batch.targets["masks"].flip(-1)
    if "boxes" in batch.targets:
        width = batch.inputs["image"].shape[-1]
        mirror = torch.tensor([-1.0, 1.0, -1.0, 1.0], device=generator.device)
        offset = torch.tensor([width, 0.0, width, 0.0], device=generator.device)
        moved["boxes"] = [boxes[:, [2, 1, 0, 3]] * mirror + offset for boxes in batch.targets["boxes"]]
    if "outlines" in batch.targets:
        width = batch.inputs["image"].shape[-1]
        moved["outlines"] = [
            torch.cat([corners[:, :2], width - corners[:, 2:3], corners[:, 3:]], dim=1)
            for corners in batch.targets["outlines"]
        ]
    return batch.with_image(batch.inputs["image"].flip(-1), **moved)
