"""True boxes as torchvision's losses take them, and what they are told where images have none."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

Targets = list[dict[str, Any]]


def truths(boxes: Sequence[Tensor], classes: Sequence[Tensor], *, first: int) -> Targets:
    """One mapping an image; an image without boxes has none, and learns that there is nothing.

    Args:
        boxes: B tables (n, 4) x0 y0 x1 y1 on the square, each with an area.
        classes: B tables (n,) which finding each is of, from 0.
        first: the number of the first finding: 1 where 0 stands for nothing.
    """
    return [
        {"boxes": table.float().reshape(-1, 4), "labels": kinds.long() + first}
        for table, kinds in zip(boxes, classes, strict=True)
    ]
