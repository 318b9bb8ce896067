"""The image shifted."""

from typing import Annotated

from pydantic import Field
from torch import Tensor

from hilum.data.variants.pose import posed
from hilum.registry import register

Share = Annotated[float, Field(ge=-0.25, le=0.25)]


@register
def shift(image: Tensor, *, right: Share = 0.03, down: Share = 0.0) -> Tensor:
    """The image shifted by shares of the square.

    Args:
        image: (B, 1, h, w) in [0, 1].
        right: share of the width; below 0 to the left.
        down: share of the height; below 0 upwards.
    """
    return posed(image, right=right, down=down)
