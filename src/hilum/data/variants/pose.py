"""Images moved as a whole: what shift, zoom and rotation share."""

import math

import torch
from torch import Tensor
from torch.nn import functional


def posed(
    image: Tensor, *, degrees: float = 0.0, factor: float = 1.0, right: float = 0.0, down: float = 0.0
) -> Tensor:  # (B, 1, h, w) -> (B, 1, h, w)
    """Images turned clockwise about their middle, enlarged, then shifted by shares of the square."""
    turn = math.radians(degrees)
    cosine, sine = math.cos(turn) / factor, math.sin(turn) / factor
    x, y = -2 * right, -2 * down  # where the middle of the new image lies on the old one, before it is turned
    back = torch.tensor([[cosine, sine, cosine * x + sine * y], [-sine, cosine, cosine * y - sine * x]])
    grid = functional.affine_grid(back.to(image).expand(len(image), 2, 3), list(image.shape), align_corners=False)
    return functional.grid_sample(image, grid, padding_mode="zeros", align_corners=False)
