"""A Gaussian filter whose width each image has for itself."""

import torch
from torch import Tensor
from torch.nn import functional

REACH = 3.0  # deviations to either side; beyond lie 0.3 % of the weight
NARROWEST = 1e-3  # a width of 0 leaves the image as it is
NOTHING = 1e-7  # of the highest weight: lower ones are no sums but slow, as numbers near the smallest of float32 are


# B images
def smoothed(image: Tensor, sigma: Tensor, widest: float) -> Tensor:
    """Images blurred down and across; beyond an edge its own pixels go on.

    Args:
        image: (B, 1, h, w).
        sigma: (B,) standard deviation of each image's filter in pixels, from 0 to `widest`.
        widest: which decides how many pixels are looked at.
    """
    reach = min(int(REACH * widest) + 1, min(image.shape[-2:]) - 1)
    places = torch.arange(-reach, reach + 1, device=image.device)
    weights = (-0.5 * (places / sigma.clamp(min=NARROWEST)[:, None]) ** 2).exp()
    weights = weights.masked_fill(weights < NOTHING, 0)
    weights = (weights / weights.sum(dim=1, keepdim=True)).reshape(-1, 1, 1, 2 * reach + 1)
    side_by_side = image.transpose(0, 1)  # (1, B, h, w): one group an image
    across = functional.pad(side_by_side, (reach, reach, 0, 0), mode="replicate")
    across = functional.conv2d(across, weights, groups=len(image))
    down = functional.pad(across, (0, 0, reach, reach), mode="replicate")
    down = functional.conv2d(down, weights.transpose(2, 3), groups=len(image))
    return down.transpose(0, 1).contiguous()
