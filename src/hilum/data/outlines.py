"""Outlines of true boxes on the square that a model sees: which pixels of a box are the finding's."""

from typing import Any

import cv2
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from hilum.images import Preprocess
from hilum.images.masks import region
from hilum.schema.outlines import polygons_of

COLUMNS = 4  # of a corner: box, polygon, x, y
HALF = 0.5  # a pixel's center, in pixels


# n boxes of an image, P corners of all their polygons
def outline_rows(boxes: pd.DataFrame, height: int, width: int, preprocess: Preprocess) -> Tensor:
    """The outlines of one image's boxes.

    Args:
        boxes: n rows, with `outline` or `rle` (`Boxes`) where the owner drew more than the box.
        height: of the image, pixels.
        width: of the image, pixels.
        preprocess: what made the square.

    Returns:
        (P, 4) float32: which box, which polygon of all, x and y on the square; none for a box without outline.
    """
    corners, count = [np.zeros((0, COLUMNS))], 0
    for place, row in enumerate(boxes.itertuples()):
        for polygon in _polygons(row, height, width):
            moved = preprocess.points_from_original(polygon, height, width)
            corners.append(np.column_stack([np.full((len(moved), 2), (place, count)), moved]))
            count += 1
    return torch.from_numpy(np.concatenate(corners)).float()


def _polygons(row: Any, height: int, width: int) -> list[NDArray[np.float64]]:
    """Of a row: as drawn, or around the regions of its run lengths, whose holes are filled."""
    if isinstance(getattr(row, "outline", None), str):
        return polygons_of(row.outline)
    if not isinstance(getattr(row, "rle", None), str):
        return []
    inside = region(row, height, width).astype(np.uint8)
    found, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [contour[:, 0].astype(np.float64) + HALF for contour in found if len(contour) > 2]


def without_boxes(outlines: Tensor, kept: Tensor) -> Tensor:
    """(P, 4) outlines of the boxes that are kept (n,), numbered anew."""
    box = outlines[:, 0].long()
    number = kept.long().cumsum(0) - 1
    return torch.cat([number[box, None].to(outlines), outlines[:, 1:]], dim=1)[kept[box]]


def filled(boxes: Tensor, outlines: Tensor, size: int) -> Tensor:
    """(n, size, size) uint8 masks of boxes (n, 4): 1 where a pixel's center lies in its outline, or in the box.

    The whole box is filled where it has no outline, or one that holds no pixel's center.
    """
    center = torch.arange(size, device=boxes.device) + HALF
    across = (center >= boxes[:, 0:1]) & (center < boxes[:, 2:3])  # (n, size)
    down = (center >= boxes[:, 1:2]) & (center < boxes[:, 3:4])
    masks = (down[:, :, None] & across[:, None, :]).to(torch.uint8)
    for box in sorted(set(outlines[:, 0].long().tolist())):
        own = outlines[outlines[:, 0] == box]
        parts = [_inside(own[own[:, 1] == part, 2:], center) for part in set(own[:, 1].tolist())]
        drawn = torch.stack(parts).any(dim=0).to(torch.uint8)
        masks[box] = drawn if drawn.any() else masks[box]
    return masks


def _inside(polygon: Tensor, center: Tensor) -> Tensor:
    """(size, size), whether a pixel's center lies inside: left of it an odd number of edges crosses its row."""
    start, end = polygon, polygon.roll(-1, 0)
    crosses = (start[:, 1, None] <= center) != (end[:, 1, None] <= center)  # (p, size): edges and rows
    edge, row = crosses.nonzero(as_tuple=True)
    (x0, y0), (x1, y1) = start[edge].unbind(1), end[edge].unbind(1)
    at = x0 + (center[row] - y0) * (x1 - x0) / (y1 - y0)
    toggles = torch.zeros(len(center), len(center) + 1, dtype=torch.long, device=polygon.device)
    column = (at - HALF).ceil().clamp(0, len(center)).long()
    toggles.index_put_((row, column), torch.ones_like(row), accumulate=True)
    return toggles.cumsum(dim=1)[:, :-1] % 2 == 1
