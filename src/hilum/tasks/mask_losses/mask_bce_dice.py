"""Cross-entropy and Dice loss together."""

from typing import Annotated

from pydantic import Field
from torch import Tensor

from hilum.registry import register
from hilum.tasks.mask_losses.mask_bce import mask_bce
from hilum.tasks.mask_losses.mask_dice import mask_dice


@register
def mask_bce_dice(
    logits: Tensor, targets: Tensor, known: Tensor, *, dice: Annotated[float, Field(ge=0)] = 1.0
) -> Tensor:
    """Binary cross-entropy of pixels, and the Dice loss: each pixel and the overlap both count.

    Args:
        logits: (B, S, h, w), any real numbers.
        targets: (B, S, h, w), 1 inside, 0 outside.
        known: (B, S, h, w), 1 where that is known, else 0.
        dice: weight of the Dice loss beside a cross-entropy of 1.

    Returns:
        (B, S), >= 0.

    Source: Isensee et al. 2021, nnU-Net, Nature Methods 18:203-211.
    """
    return mask_bce(logits, targets, known) + dice * mask_dice(logits, targets, known)
