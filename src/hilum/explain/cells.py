"""Where on the image the cells of an encoder's last feature maps look.

Cells are mostly drawn as if they divided the image evenly. Padding and strides decide otherwise: a ResNet's cells look
half a cell to the left of and above that (15.5 pixels of 224), an EfficientNet's likewise, a DenseNet's 1.5 pixels. A
heatmap that is drawn evenly lies too far to the right and too low.
"""

import math
from dataclasses import dataclass
from functools import cache
from statistics import fmean

import torch
from torch import Tensor, nn

from hilum.models.encoders import encoder as encoder_of

SIZE = 224  # pixels a side that an encoder is built for; only transformers look at it
STRIP = (96, 768)  # pixels of the strip that is looked at: a few cells high, wider than an encoder's whole view


@dataclass(frozen=True)
class Cells:
    """Cells along one axis of the input, the same on both axes.

    Args:
        first: where the first cell's view has its middle, in input pixels from the edge (a pixel's middle is at + 0.5).
        step: input pixels from one cell's middle to the next.
    """

    first: float
    step: float

    def spread(self, maps: Tensor, size: int) -> Tensor:
        """(…, h, w) maps on their cells to (…, size, size) on input pixels, linear between the cells' middles.

        Beyond the outermost middles their value goes on. Maps that lie on the input's pixels already stay as they are.
        """
        if maps.shape[-2:] == (size, size):
            return maps
        rows, columns = (self.weights(count, size).to(maps) for count in maps.shape[-2:])
        return rows @ maps @ columns.T

    def weights(self, count: int, size: int) -> Tensor:  # (size, count)
        """By how much each of so many cells counts at each pixel of an input of this size."""
        at = ((torch.arange(size) + 0.5 - self.first) / self.step).clamp(0, count - 1)
        return (1 - (at[:, None] - torch.arange(count)).abs()).clamp(min=0)


@cache
def cells_of(encoder: str) -> Cells | None:
    """Measure where a timm encoder's cells look; None for networks on patches, whose cells divide the image evenly.

    None too for the few that take images of one size alone, or whose attention leaves no middle to find.

    It follows from strides and padding alone, so the weights are no matter: on a copy with positive ones, and with mean
    in place of max pooling, the gradient of a cell is spread evenly around the middle of its view.
    """
    network = encoder_of(encoder, 1, SIZE).eval()
    if network.tiles:
        return None
    generator = torch.Generator().manual_seed(0)
    _make_positive(network, generator)
    strip = torch.rand(1, 1, *STRIP, generator=generator).requires_grad_()
    try:
        maps = network.features(strip)[-1]
    except (AssertionError, RuntimeError):  # timm's ways of saying: images of one size alone
        return None
    columns = range(maps.shape[-1] // 3, 2 * maps.shape[-1] // 3)
    first = fmean(_middle(maps, column, strip) - column * network.stride for column in columns)
    return Cells(first, network.stride) if math.isfinite(first) else None


def _make_positive(network: nn.Module, generator: torch.Generator) -> None:
    for module in list(network.modules()):
        for name, inner in module.named_children():
            if isinstance(inner, nn.MaxPool2d):
                form = (inner.kernel_size, inner.stride, inner.padding, inner.ceil_mode)
                setattr(module, name, nn.AvgPool2d(*form, count_include_pad=False))
    with torch.no_grad():
        for weight in network.parameters():
            weight.uniform_(0.5, 1.5, generator=generator).div_(max(1, math.prod(weight.shape[1:])))
        for name, buffer in network.named_buffers():
            if name.endswith(("running_mean", "running_var")):
                buffer.fill_(float(name.endswith("running_var")))


def _middle(maps: Tensor, column: int, strip: Tensor) -> float:
    (gradient,) = torch.autograd.grad(maps[..., column].sum(), strip, retain_graph=True)
    weight = gradient.abs().sum(dim=(0, 1, 2))
    weight = (weight - weight.median()).clamp(min=0)  # gates look at all of the strip alike
    return float((weight * (torch.arange(len(weight)) + 0.5)).sum() / weight.sum())
