"""The image mirrored."""

from torch import Tensor

from hilum.registry import register


@register
def mirror(image: Tensor) -> Tensor:
    """The image mirrored left to right, for a model that learned from mirrored images alone; never by itself.

    The heart then lies on the right: a model that never saw such a chest reads it as another patient's.

    Args:
        image: (B, 1, h, w) in [0, 1].
    """
    return image.flip(-1)
