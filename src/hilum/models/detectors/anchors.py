"""Anchors: shapes of boxes from which a detector measures, chosen by the boxes that it is to learn."""

from collections.abc import Sequence

import torch
from torch import Tensor

FEW = 9  # anchors that are named one by one
ROUNDS = 100  # of k-means; it stands still long before


# n boxes, A anchors
def shapes_of(boxes: Sequence[Tensor]) -> Tensor:
    """Tables (n, 4) of x0 y0 x1 y1 to (n, 2) widths and heights of all."""
    table = torch.cat(list(boxes)).reshape(-1, 4)
    return table[:, 2:] - table[:, :2]


def shape_overlap(first: Tensor, second: Tensor) -> Tensor:
    """(n, A) intersection over union of boxes of these widths and heights (n, 2), (A, 2) with one center.

    >>> shape_overlap(torch.tensor([[2.0, 2.0]]), torch.tensor([[1.0, 2.0], [2.0, 2.0]])).tolist()
    [[0.5, 1.0]]
    """
    shared = torch.minimum(first[:, None], second[None]).prod(dim=2)
    return shared / (first.prod(dim=1)[:, None] + second.prod(dim=1)[None] - shared)


def k_means(shapes: Tensor, count: int) -> Tensor | None:
    """The shapes around which these lie, by overlap, from small to large; None where they are fewer than asked for.

    Args:
        shapes: (n, 2) widths and heights.
        count: A.

    Returns:
        (A, 2). It begins with shapes at even steps of area, so that nothing is drawn.

    Source: Redmon & Farhadi 2017, arXiv:1612.08242, section 2.
    """
    if len(torch.unique(shapes, dim=0)) < count:
        return None
    order = shapes[shapes.prod(dim=1).argsort()]
    centers = order[torch.linspace(0, len(order) - 1, 2 * count + 1).round().long()[1::2]]
    for _ in range(ROUNDS):
        nearest = shape_overlap(shapes, centers).argmax(dim=1)
        moved = torch.stack(
            [shapes[nearest == one].mean(dim=0) if (nearest == one).any() else centers[one] for one in range(count)]
        )
        if torch.equal(moved, centers):
            break
        centers = moved
    return centers[centers.prod(dim=1).argsort()]


def coverage(boxes: Sequence[Tensor], anchors: Tensor) -> str:
    """How well anchors (A, 2) fit boxes, in a sentence."""
    anchors = anchors[anchors.prod(dim=1).argsort()]
    shapes = shapes_of(boxes)
    best = shape_overlap(shapes, anchors.to(shapes)).amax(dim=1)
    shown = [f"{width:.0f} x {height:.0f}" for width, height in anchors.tolist()]
    named = ", ".join(shown) if len(shown) <= FEW else f"of {len(shown)} shapes from {shown[0]} to {shown[-1]}"
    share = 100 * float((best >= 0.5).float().mean())
    return (
        f"Anchors {named} pixels: {share:.0f} % of the boxes overlap with the shape of one by half or more, "
        f"{float(best.mean()):.2f} on average."
    )
