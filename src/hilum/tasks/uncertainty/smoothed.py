"""Uncertain as a number drawn from a range: U-Ones with label smoothing, or U-Zeros."""

from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from hilum.registry import register
from hilum.schema import ConfigError

Probability = Annotated[float, Field(ge=0, le=1)]


@register
def smoothed(
    labels: Tensor,
    *,
    place: int,
    low: Probability = 0.55,
    high: Probability = 0.85,
    seed: Annotated[int, Field(ge=0)] = 0,
) -> tuple[Tensor, Tensor]:
    """Uncertain counts as a probability drawn once, evenly between two numbers.

    Args:
        labels: (N,) of 1 present, 0 absent, -1 uncertain, all of one finding.
        place: the finding's, so that no two findings share their draws.
        low: the least probability; 0.55 to 0.85 is U-Ones with smoothing, 0 to 0.3 U-Zeros.
        high: the largest.
        seed: of the draws.

    Source: Pham et al. 2019, arXiv:1911.06475, section 2.3 (U-Ones+LSR and U-Zeros+LSR).
    """
    if low > high:
        raise ConfigError(f"task.policy.smoothed: low {low} lies above high {high}. Expected low <= high.")
    start = int(np.random.SeedSequence((seed, place)).generate_state(1, np.uint64)[0])
    draws = torch.rand(len(labels), generator=torch.Generator().manual_seed(start)) * (high - low) + low
    return torch.where(labels < 0, draws.to(labels.dtype), labels), torch.ones_like(labels)
