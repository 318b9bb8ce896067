"""The image turned."""

from typing import Annotated

from pydantic import Field
from torch import Tensor

from hilum.data.variants.pose import posed
from hilum.registry import register


@register
def rotate(image: Tensor, *, degrees: Annotated[float, Field(ge=-45, le=45)] = 3.0) -> Tensor:
    """The image turned about its middle.

    Args:
        image: (B, 1, h, w) in [0, 1].
        degrees: clockwise; below 0 the other way.
    """
    return posed(image, degrees=degrees)
