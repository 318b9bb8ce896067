"""The image enlarged or made smaller."""

from typing import Annotated

from pydantic import Field
from torch import Tensor

from hilum.data.variants.pose import posed
from hilum.registry import register


@register
def zoom(image: Tensor, *, factor: Annotated[float, Field(ge=0.5, le=2)] = 1.05) -> Tensor:
    """The image enlarged about its middle.

    Args:
        image: (B, 1, h, w) in [0, 1].
        factor: above 1 the edges are cut off; below 1 a black margin comes in.
    """
    return posed(image, factor=factor)
