"""Augmentation on batches, where they are (CPU or GPU), each image with its own draw.

Every function takes (B, 1, h, w) images in [0, 1] and a generator on their device, and gives the same shape and range.
The draw comes from that generator alone, which the loop seeds for each step: a step can be repeated to the bit.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional

from hilum.registry import Registry, checked, register

augmentations = Registry("hilum.training.augment", "augmentation")


class Augmenter:
    """The augmentations of a recipe, one after the other.

    Args:
        chosen: name -> keywords, in order.

    Raises:
        ConfigError: for an unknown name or keyword.
    """

    def __init__(self, chosen: Mapping[str, Mapping[str, Any]]) -> None:
        self.steps = [
            (augmentations[name], checked(augmentations[name], given, where=f"augment.{name}"))
            for name, given in chosen.items()
        ]

    def __call__(self, images: Tensor, generator: Generator) -> Tensor:
        """(B, 1, h, w) in [0, 1] to the same."""
        for function, keywords in self.steps:
            images = function(images, generator, **keywords)
        return images


@register
def affine(
    images: Tensor, generator: Generator, *, degrees: float = 10.0, translate: float = 0.05, scale: float = 0.1
) -> Tensor:
    """Rotate, shift and scale each image; what comes in from outside is black.

    Args:
        images: (B, 1, h, h) in [0, 1], square.
        generator: of the draw.
        degrees: largest rotation, either way.
        translate: largest shift before scaling, as a share of the side, either way.
        scale: largest change of size, as a share, either way; in [0, 1).
    """
    angle = _even(images, generator, math.radians(degrees))
    zoom = 1 + _even(images, generator, scale)
    right, down = (2 * _even(images, generator, translate).reshape(-1, 1, 1) for _ in range(2))
    cosine, sine = ((turn / zoom).reshape(-1, 1, 1) for turn in (angle.cos(), angle.sin()))
    # Where each pixel comes from, in -1 … 1: affine_grid's sums, without its matrix product that is slow on a CPU
    y, x = (_centers(side, images.device) for side in images.shape[-2:])
    y = y.unsqueeze(-1)
    grid = torch.stack([cosine * x - sine * y + right, sine * x + cosine * y + down], dim=-1)
    return functional.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


@register
def flip(images: Tensor, generator: Generator, *, chance: float = 0.5) -> Tensor:
    """Mirror images left to right. In no recipe of Hilum's, since a mirrored chest is another patient.

    The heart lies on the left and the right diaphragm higher; mirroring teaches that situs inversus is usual, and
    turns the burnt-in side marker into a letter that no image has.

    Args:
        images: (B, 1, h, w) in [0, 1].
        generator: of the draw.
        chance: share of images that are mirrored.
    """
    turned = torch.rand(_each(images), generator=generator, device=images.device) < chance
    return torch.where(turned, images.flip(-1), images)


@register
def brightness_contrast(
    images: Tensor, generator: Generator, *, brightness: float = 0.1, contrast: float = 0.1
) -> Tensor:
    """Another exposure: contrast about each image's own mean, then brightness, clipped to [0, 1].

    Args:
        images: (B, 1, h, w) in [0, 1].
        generator: of the draw.
        brightness: most that is added to every pixel, either way.
        contrast: largest change of contrast, as a share, either way.
    """
    mean = images.mean(dim=(-2, -1), keepdim=True)
    gain = 1 + _even(images, generator, contrast).reshape(_each(images))
    offset = _even(images, generator, brightness).reshape(_each(images))
    return ((images - mean) * gain + mean + offset).clamp(0, 1)


@register
def noise(images: Tensor, generator: Generator, *, deviation: float = 0.02) -> Tensor:
    """Normal noise on each pixel, each image with its own strength between none and `deviation`.

    Args:
        images: (B, 1, h, w) in [0, 1].
        generator: of the draw.
        deviation: largest standard deviation.
    """
    strength = deviation * torch.rand(_each(images), generator=generator, device=images.device)
    drawn = torch.randn(images.shape, generator=generator, device=images.device)
    return (images + strength * drawn).clamp(0, 1)


@register
def erasing(images: Tensor, generator: Generator, *, chance: float = 0.25, share: float = 0.1) -> Tensor:
    """Cover a rectangle of some images with their mean gray.

    Args:
        images: (B, 1, h, w) in [0, 1].
        generator: of the draw.
        chance: share of images that are covered in part.
        share: largest share of the image's area under the rectangle; its sides are at most 3 to 1.

    Source: Zhong et al. 2020, Random erasing data augmentation, AAAI.
    """
    drawn = torch.rand((5, *_each(images)), generator=generator, device=images.device)
    ratio = (2 * drawn[1] - 1).mul(math.log(3) / 2).exp()  # of a side to the square root of the area
    side = (share * drawn[0]).sqrt()
    height, width = (side * ratio).clamp(max=1), (side / ratio).clamp(max=1)
    y, x = ((_centers(side, images.device) + 1) / 2 for side in images.shape[-2:])
    y = y.unsqueeze(-1)
    top, left = drawn[2] * (1 - height), drawn[3] * (1 - width)
    inside = (y >= top) & (y < top + height) & (x >= left) & (x < left + width) & (drawn[4] < chance)
    return torch.where(inside, images.mean(dim=(-2, -1), keepdim=True), images)


def _centers(side: int, device: torch.device) -> Tensor:
    """(side,) centers of pixels, from -1 at the outer edge of the first to 1 at that of the last."""
    return (2 * torch.arange(side, device=device) + 1) / side - 1


def _even(images: Tensor, generator: Generator, most: float) -> Tensor:
    """(B,) drawn evenly from [-most, most]."""
    return most * (2 * torch.rand(len(images), generator=generator, device=images.device) - 1)


def _each(images: Tensor) -> tuple[int, int, int, int]:
    return len(images), 1, 1, 1
