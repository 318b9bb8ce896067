"""The plain U-Net: convolutions in pairs, no encoder from elsewhere."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from hilum.models.contract import Model
from hilum.models.settings import Depth, Width
from hilum.registry import register
from hilum.schema.errors import ConfigError


# B images, C channels, H W pixels, S structures
class PlainUNet(nn.Module, Model):
    """Pairs of convolutions down and up again, with what each level saw on the way down beside it on the way up.

    Args:
        channels: C.
        structures: S.
        width: channels of the finest level; each level below has twice as many.
        depth: halvings.
    """

    inputs = ("image",)
    notes: tuple[str, ...] = ()

    def __init__(self, channels: int, structures: int, width: int, depth: int) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(depth + 1)]
        self.down = nn.ModuleList(pair(a, b) for a, b in zip([channels, *widths], widths, strict=False))
        self.grow = nn.ModuleList(nn.ConvTranspose2d(2 * one, one, 2, stride=2) for one in widths[-2::-1])
        self.up = nn.ModuleList(pair(2 * one, one) for one in widths[-2::-1])
        self.last = nn.Conv2d(width, structures, 1)

    def forward(self, *, image: Tensor) -> dict[str, Tensor]:  # (B, C, H, W) -> (B, S, H, W)
        """Logits of each pixel and structure."""
        maps, seen = image, []
        for level, block in enumerate(self.down):
            maps = block(maps if level == 0 else functional.max_pool2d(maps, 2))
            seen.append(maps)
        for grow, block, beside in zip(self.grow, self.up, seen[-2::-1], strict=True):
            maps = block(torch.cat([beside, grow(maps)], dim=1))
        return {"masks": self.last(maps)}


def pair(channels: int, width: int) -> nn.Sequential:
    """Two convolutions of 3 x 3, each with batch norm and ReLU."""
    layers: list[nn.Module] = []
    for taken in (channels, width):
        layers += [nn.Conv2d(taken, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


@register
def plain_unet(*, outputs: int, channels: int = 1, size: int = 256, width: Width = 64, depth: Depth = 4) -> PlainUNet:
    """The plain U-Net, learned from scratch (with batch norm, and padding so that the size stays).

    Args:
        outputs: S structures; filled from the recipe's findings.
        channels: of the images, 1 or 3; filled from the recipe's preprocess.
        size: pixels a side; filled from the recipe's preprocess.
        width: channels of the finest level; each level below has twice as many.
        depth: halvings of the image.

    Source: Ronneberger et al. 2015, arXiv:1505.04597.
    """
    if size % 2**depth:
        raise ConfigError(
            f"preprocess.size: {size} pixels cannot be halved {depth} times. Expected a multiple of {2**depth}."
        )
    return PlainUNet(channels, outputs, width, depth)
