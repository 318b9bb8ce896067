"""Class-specific residual attention: each finding's mean over places, plus what it says where it is strongest."""

from collections.abc import Sequence
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from hilum.models.heads.places import Places
from hilum.models.settings import Dropout
from hilum.registry import register


# B images, D feature maps, h w their size, A attentions, K outputs
class Csra(Places):
    """Sum over attentions of (mean of the logits + strength x mean of the logits weighted by softmax(T x logits)).

    Args:
        width: D.
        outputs: K.
        temperatures: T of each attention, A of them; 0 is the mean, large numbers the maximum. Each has its own layer.
        strength: of the attention beside the mean.
        dropout: share of a place's values dropped while learning.
    """

    def __init__(
        self, width: int, outputs: int, *, temperatures: Sequence[float], strength: float, dropout: float
    ) -> None:
        super().__init__(width, outputs * len(temperatures), dropout)
        self.temperatures, self.strength = tuple(temperatures), strength

    def forward(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, K)
        """Logits."""
        logits = []
        for temperature, said in zip(
            self.temperatures, self.places(maps).chunk(len(self.temperatures), 1), strict=True
        ):
            weights = (temperature * said).softmax(dim=2)  # (B, K, h w)
            logits.append(said.mean(dim=2) + self.strength * (weights * said).sum(dim=2))
        return torch.stack(logits).sum(dim=0)


@register
def csra(
    *,
    width: int,
    outputs: int,
    temperatures: Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=1)] = (1.0,),
    strength: Annotated[float, Field(ge=0)] = 0.1,
    dropout: Dropout = 0.0,
) -> Csra:
    """Reads maps (`pool: none`): each finding's mean over places plus its own attention to where it is strongest.

    Args:
        width: of the maps; the model's.
        outputs: how many logits; the model's.
        temperatures: of the attentions, one layer each, as in [1, 2, 4, 99]; large ones look at the strongest place.
        strength: of the attention beside the mean, the paper's lambda.
        dropout: share of a place's values dropped while learning.

    Source: Zhu & Wu 2021, arXiv:2108.02456, section 3; without the code's division by the norm of the layer's weights.
    """
    return Csra(width, outputs, temperatures=temperatures, strength=strength, dropout=dropout)
