"""Masked images: learn from images without labels by drawing, at a low resolution, what was hidden of them."""

from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from hilum.data import Batch
from hilum.registry import register


@register
def masked_images(
    *, share: Annotated[float, Field(gt=0, lt=1)] = 0.6, patches: Annotated[int, Field(ge=2, le=64)] = 7
) -> "MaskedImages":
    """Without labels: patches of an image are hidden, and are to be drawn at a low resolution (`model: reconstructor`).

    What is hidden is filled with the image's mean before the encoder sees it, so that any encoder will do, also one
    that cannot leave patches out. The loss is the mean absolute error of the hidden part alone.

    Args:
        share: of the patches that are hidden.
        patches: a side of the image is cut into so many; 7 of 224 pixels are 32 pixels wide, a cell of most networks.

    Source: SimMIM, Xie et al. 2022, arXiv:2111.09886.
    """
    return MaskedImages(share, patches)


# B images, C channels
@dataclass(frozen=True)
class MaskedImages:
    """Hides patches and compares what is drawn in their place; settings as for `masked_images`."""

    share: float
    patches: int

    def step(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Mean absolute error over what was hidden, in units of the normalized values."""
        image = batch.inputs["image"].float()
        hidden = self.drawn(image)
        drawn = model(image=covered(image, hidden))["pixels"].float()
        return {"loss": hidden_error(drawn, image, hidden)}

    def drawn(self, image: Tensor) -> Tensor:  # (B, C, H, W) -> (B, 1, p, p)
        """Which patches are hidden, 1 or 0, as many of each image, drawn anew."""
        count = self.patches**2
        order = torch.rand(len(image), count, device=image.device).argsort(dim=1).argsort(dim=1)
        return (order < max(1, round(self.share * count))).float().reshape(-1, 1, self.patches, self.patches)


def covered(image: Tensor, hidden: Tensor) -> Tensor:
    """Images with the mean of each in place of its hidden patches.

    Args:
        image: (B, C, H, W).
        hidden: (B, 1, p, p), 1 where a patch is hidden.
    """
    mask = functional.interpolate(hidden, size=image.shape[-2:], mode="nearest")
    return image * (1 - mask) + image.mean(dim=(1, 2, 3), keepdim=True) * mask


def hidden_error(drawn: Tensor, image: Tensor, hidden: Tensor) -> Tensor:
    """Mean absolute difference over what was hidden, between what is drawn and the image at that resolution.

    Args:
        drawn: (B, 1, h, w).
        image: (B, C, H, W); the mean of its channels counts.
        hidden: (B, 1, p, p), 1 where a patch is hidden.

    >>> image = torch.ones(1, 1, 4, 4)
    >>> hidden_error(torch.tensor([[[[0.0, 1.0], [1.0, 1.0]]]]), image, torch.tensor([[[[1.0, 0.0], [0.0, 1.0]]]]))
    tensor(0.5000)
    """
    height, width = drawn.shape[-2:]
    wanted = functional.adaptive_avg_pool2d(image.mean(dim=1, keepdim=True), (height, width))
    mask = functional.interpolate(hidden, size=(height, width), mode="nearest")
    return ((drawn - wanted).abs() * mask).sum() / mask.sum()
