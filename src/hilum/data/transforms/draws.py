"""Random numbers, one an image."""

import torch
from torch import Generator, Tensor


def even(image: Tensor, generator: Generator, most: float) -> Tensor:
    """(B,) drawn evenly from [-most, most]."""
    return most * (2 * torch.rand(len(image), generator=generator, device=image.device) - 1)


def each(image: Tensor) -> tuple[int, int, int, int]:
    """The shape of one number an image, as it meets (B, 1, h, w)."""
    return len(image), 1, 1, 1


def centers(pixels: int, device: torch.device) -> Tensor:
    """(pixels,) centers of pixels, from -1 at the outer edge of the first to 1 at that of the last."""
    return (2 * torch.arange(pixels, device=device) + 1) / pixels - 1
