"""Segmenter: an encoder's maps from coarse to fine, into one logit a pixel and structure."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from hilum.models import encoders
from hilum.models.contract import Model
from hilum.schema.errors import ConfigError

WIDTHS = (256, 128, 64, 32, 16)  # channels of a decoder's levels, from the coarsest


# B images, C channels, H W pixels, S structures
class Segmenter(nn.Module, Model):
    """Encoder, decoder, and one convolution to the structures.

    Args:
        encoder: gives maps from fine to coarse; a level that it lacks is passed on without channels.
        decoder: takes the image and its maps, from fine to coarse, one for each halving.
        width: channels that the decoder gives.
        structures: S.
    """

    inputs = ("image",)

    def __init__(self, encoder: encoders.TimmEncoder, decoder: nn.Module, width: int, structures: int) -> None:
        super().__init__()
        self.encoder, self.decoder, self.notes = encoder, decoder, encoder.notes
        self.last = nn.Conv2d(width, structures, 3, padding=1)

    def forward(self, *, image: Tensor) -> dict[str, Tensor]:  # (B, C, H, W) -> (B, S, H, W)
        """Logits of each pixel and structure."""
        maps = levels(image, self.encoder.features(image), self.encoder.strides)
        drawn = self.last(self.decoder(maps))
        if drawn.shape[-2:] != image.shape[-2:]:
            drawn = functional.interpolate(drawn, size=image.shape[-2:], mode="bilinear", align_corners=False)
        return {"masks": drawn}


def pyramid(
    name: str, channels: int, size: int, pretrained: str, *, depth: int = 5, output_stride: int | None = None
) -> encoders.TimmEncoder:
    """A timm encoder whose maps halve from level to level.

    Args:
        name: timm's.
        channels: of the images.
        size: pixels a side of the images.
        pretrained: where it starts.
        depth: halvings that are wanted; what lies behind them is cut off.
        output_stride: pixels from one cell of the last maps to the next, where that is not 32.

    Raises:
        ConfigError: when the maps do not halve, as those of plain transformers do not, or the image cannot be halved
            so often.
    """
    if size % 2**depth:
        raise ConfigError(
            f"preprocess.size: {size} pixels cannot be halved {depth} times. Expected a multiple of {2**depth}."
        )
    whole = encoders.encoder(name, channels, size, pretrained, output_stride=output_stride)
    first = whole.strides[0].bit_length() - 1  # halvings up to the first map
    expected = tuple(min(2 ** (first + place), output_stride or size) for place in range(len(whole.strides)))
    if first == 0 or whole.strides != expected or len(expected) + first - 1 < depth:
        raise ConfigError(
            f"model.encoder: the maps of {name} have cells of {', '.join(map(str, whole.strides))} pixels. Expected an "
            "encoder whose maps halve from level to level: resnet18, tf_efficientnet_lite0, convnext_tiny …"
        )
    if depth < first - 1 + len(whole.channels):
        whole = encoders.encoder(name, channels, size, pretrained, depth=depth + 1 - first, output_stride=output_stride)
    return whole


def widths_of(encoder: encoders.TimmEncoder, channels: int) -> list[int]:
    """Channels of the image and of each level, as decoders take them; 0 for a level that the encoder lacks."""
    return [channels, *[0] * (encoder.strides[0].bit_length() - 2), *encoder.channels]


def levels(image: Tensor, maps: Sequence[Tensor], strides: Sequence[int]) -> list[Tensor]:
    """The image, levels without channels where the encoder has none, and its maps."""
    missing = [2 ** (halving + 1) for halving in range(strides[0].bit_length() - 2)]
    height, width = image.shape[-2:]
    empty = [torch.empty(len(image), 0, height // each, width // each).to(image) for each in missing]
    return [image, *empty, *maps]


def fitting(widths: tuple[int, ...], depth: int) -> tuple[int, ...]:
    """The last `depth` of the widths.

    Raises:
        ConfigError: when there are fewer.
    """
    if len(widths) < depth:
        raise ConfigError(f"model.widths: {list(widths)} for a depth of {depth}. Expected {depth} numbers of channels.")
    return widths[-depth:]
