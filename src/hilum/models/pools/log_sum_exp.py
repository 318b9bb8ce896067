"""Between mean and maximum, by a fixed sharpness."""

import math
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from hilum.registry import register


class LogSumExp(nn.Module):
    """(1 / r) log mean exp(r x) over all places, in float32.

    Args:
        sharpness: r; near 0 it is the mean, the larger the nearer to the maximum.
    """

    def __init__(self, sharpness: float) -> None:
        super().__init__()
        self.sharpness = sharpness

    def forward(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, D)
        """One value a map."""
        places = maps.shape[-2] * maps.shape[-1]
        summed = (self.sharpness * maps.float()).logsumexp(dim=(-2, -1))
        return ((summed - math.log(places)) / self.sharpness).to(maps.dtype)


@register
def log_sum_exp(*, sharpness: Annotated[float, Field(gt=0)] = 10.0) -> LogSumExp:
    """A smooth mean of all places in which large values count more.

    Args:
        sharpness: from near 0, the mean, to large numbers, the maximum.

    Source: Wang et al. 2017, arXiv:1705.02315, eq. 2, where it is r.
    """
    return LogSumExp(sharpness)
