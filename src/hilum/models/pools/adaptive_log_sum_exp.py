"""Between mean and maximum, by a learned sharpness that stays above a bound."""

import math
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from hilum.registry import register


class AdaptiveLogSumExp(nn.Module):
    """(1 / r) log mean exp(r x) over all places with r = lower bound + exp(beta), beta learned, in float32.

    Args:
        lower_bound: below which r never falls: how sharp the maps have to be.
    """

    def __init__(self, lower_bound: float) -> None:
        super().__init__()
        self.lower_bound, self.beta = lower_bound, nn.Parameter(torch.zeros(1))

    def forward(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, D)
        """One value a map."""
        sharpness = self.lower_bound + self.beta.float().exp()
        summed = (sharpness * maps.float()).logsumexp(dim=(-2, -1))
        return ((summed - math.log(maps.shape[-2] * maps.shape[-1])) / sharpness).to(maps.dtype)


@register
def adaptive_log_sum_exp(*, lower_bound: Annotated[float, Field(ge=0)] = 1.0) -> AdaptiveLogSumExp:
    """A smooth mean of all places (LSE-LBA), whose sharpness is learned with the network from lower bound + 1 on.

    Args:
        lower_bound: below which the sharpness never falls; 0 lets it come as near to the mean as learning wants.

    Source: Yao et al. 2018, arXiv:1803.07703, where the bound is r0.
    """
    return AdaptiveLogSumExp(lower_bound)
