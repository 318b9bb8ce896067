"""Another film curve."""

from typing import Annotated

from pydantic import Field
from torch import Tensor

from hilum.registry import register


@register
def gamma(image: Tensor, *, exponent: Annotated[float, Field(gt=0, le=4)] = 0.9) -> Tensor:
    """The image's gray values to a power: darker above 1, brighter below; black and white stay.

    Args:
        image: (B, 1, h, w) in [0, 1].
        exponent: of the power.
    """
    return image**exponent
