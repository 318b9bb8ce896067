"""What YOLOv3 says and learns at its three scales."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.ops import box_iou

from hilum.models.detectors.anchors import shape_overlap
from hilum.models.detectors.norms import groups_for

IGNORED = 0.5  # overlap from which on a box that is not a truth's own is neither right nor wrong
LARGEST = 4.0  # exponent of a width, at most: 55 anchors
SLOPE = 0.1


# B images, K findings, n boxes of an image, M places: cells times anchors, of all scales
@dataclass(frozen=True)
class Places:
    """Where each of the M answers stands.

    Args:
        cell: (M, 2) column and row in its grid.
        stride: (M, 1) pixels of a cell.
        anchor: (M, 2) pixels.
        grids: of each scale its first place, columns, and anchors a cell.
    """

    cell: Tensor
    stride: Tensor
    anchor: Tensor
    grids: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, sizes: list[tuple[int, int]], strides: tuple[int, ...], anchors: Tensor) -> "Places":
        """Those of scales of these (rows, columns), fine to coarse, which share the anchors from small to large."""
        each = len(anchors) // len(sizes)
        cells, steps, shapes, grids, first = [], [], [], [], 0
        for scale, ((rows, columns), stride) in enumerate(zip(sizes, strides, strict=True)):
            row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
            cell = torch.stack([column, row], dim=-1).reshape(-1, 1, 2).expand(-1, each, 2).reshape(-1, 2)
            cells.append(cell.to(anchors))
            steps.append(torch.full((len(cell), 1), float(stride)).to(anchors))
            shapes.append(anchors[scale * each : (scale + 1) * each].repeat(rows * columns, 1))
            grids.append((first, columns, each))
            first += len(cell)
        return cls(torch.cat(cells), torch.cat(steps), torch.cat(shapes), tuple(grids))

    def boxes(self, said: Tensor) -> Tensor:
        """(…, M, 4 or more) raw numbers to boxes x0 y0 x1 y1 on the square."""
        center = (said[..., :2].sigmoid() + self.cell) * self.stride
        half = self.anchor * said[..., 2:4].clamp(max=LARGEST).exp() / 2
        return torch.cat([center - half, center + half], dim=-1)

    def own(self, boxes: Tensor, anchors: Tensor) -> Tensor:
        """(n,) the place of each box: the cell of its center, and the anchor whose shape is most like its own."""
        best = shape_overlap(boxes[:, 2:] - boxes[:, :2], anchors).argmax(dim=1)
        centers, places = (boxes[:, :2] + boxes[:, 2:]) / 2, []
        for center, anchor in zip(centers, best.tolist(), strict=True):
            first, columns, each = self.grids[anchor // self.grids[0][2]]
            column, row = (center / self.stride[first]).long().clamp(max=columns - 1).tolist()
            places.append(first + (row * columns + column) * each + anchor % each)
        return torch.tensor(places, dtype=torch.long, device=boxes.device)


def losses(said: Tensor, places: Places, anchors: Tensor, boxes: Tensor, classes: Tensor) -> dict[str, Tensor]:
    """What one image teaches, summed over its places as the paper has it.

    Args:
        said: (M, 5 + K) raw numbers: center, size, whether there is a box, and of which finding.
        places: where they stand.
        anchors: (A, 2) pixels, small to large.
        boxes: (n, 4) true ones, on the square.
        classes: (n,) which finding each is of.

    Source: Redmon & Farhadi 2018, arXiv:1804.02767, section 2.1. Centers are learned by cross-entropy, whose gradient
    is that of the authors' code.
    """
    there = torch.zeros(len(said), device=said.device)
    counts = torch.ones_like(there)
    if not len(boxes):
        nothing = said.sum() * 0
        return {"center": nothing, "shape": nothing, "finding": nothing, "box": _cross_entropy(said[:, 4], there).sum()}
    own = places.own(boxes, anchors)
    with torch.no_grad():
        near = box_iou(places.boxes(said), boxes).amax(dim=1)
    counts[near > IGNORED] = 0
    there[own], counts[own] = 1, 1
    width_height = boxes[:, 2:] - boxes[:, :2]
    small = 2 - width_height.prod(dim=1, keepdim=True) / (places.stride[0] * places.grids[0][1]) ** 2
    offset = ((boxes[:, :2] + boxes[:, 2:]) / 2 / places.stride[own] - places.cell[own]).clamp(0, 1)
    shape = (width_height / places.anchor[own]).log()
    kinds = functional.one_hot(classes, said.shape[1] - 5).float()
    return {
        "center": (small * _cross_entropy(said[own, :2], offset)).sum(),
        "shape": (small * (said[own, 2:4] - shape) ** 2).sum() / 2,
        "finding": _cross_entropy(said[own, 5:], kinds).sum(),
        "box": (counts * _cross_entropy(said[:, 4], there)).sum(),
    }


def convolution(before: int, after: int, kernel: int) -> nn.Sequential:
    """Convolution, norm, leaky ReLU; a group norm in place of the paper's batch norm, so that small batches learn."""
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, padding=kernel // 2, bias=False),
        nn.GroupNorm(groups_for(after), after),
        nn.LeakyReLU(SLOPE),
    )


def _cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
