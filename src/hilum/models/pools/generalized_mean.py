"""Between mean and maximum, by a learned power."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from hilum.registry import register

LEAST = 1e-6  # maps are positive behind a ReLU; a power of what is not has no meaning


class GeneralizedMean(nn.Module):
    """(mean x^p)^(1/p) over all places, with a learned p, in float32; values below 1e-6 count as 1e-6.

    Args:
        power: where p starts. It stays at 1, the mean, or above.
    """

    def __init__(self, power: float) -> None:
        super().__init__()
        self.power = nn.Parameter(torch.tensor([power]))

    def forward(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, D)
        """One value a map."""
        power = self.power.float().clamp(min=1)
        logs = maps.float().clamp(min=LEAST).log() * power  # large powers of large values stay finite as logarithms
        places = torch.tensor(float(maps.shape[-2] * maps.shape[-1]), device=maps.device)
        return ((logs.logsumexp(dim=(-2, -1)) - places.log()) / power).exp().to(maps.dtype)


@register
def generalized_mean(*, power: Annotated[float, Field(ge=1)] = 3.0) -> GeneralizedMean:
    """A mean of powers, whose power is learned with the network; for encoders whose maps are positive.

    Args:
        power: where it starts: 1 is the mean, large numbers the maximum.

    Source: Radenović, Tolias & Chum 2018, arXiv:1711.02512, eq. 2.
    """
    return GeneralizedMean(power)
