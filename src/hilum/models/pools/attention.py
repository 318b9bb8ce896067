"""A weighted mean, whose weights the network learns to give."""

import torch
from torch import Tensor, nn

from hilum.models.settings import Width
from hilum.registry import register


class GatedAttention(nn.Module):
    """Mean over all places, each with a weight that is learned from what the maps hold there, in float32.

    Args:
        width: D, of the maps.
        hidden: width of the two layers that look at a place: what is there (tanh), and whether it matters (sigmoid).
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.content, self.gate = nn.Linear(width, hidden), nn.Linear(width, hidden)
        self.score = nn.Linear(hidden, 1, bias=False)  # a constant would change no weight

    def weights(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, h w), of sum 1
        """How much each place counts."""
        places = maps.float().flatten(2).transpose(1, 2)  # (B, h w, D)
        scores = self.score(self.content(places).tanh() * self.gate(places).sigmoid())
        return scores.squeeze(2).float().softmax(dim=1)  # type: ignore[no-any-return]

    def forward(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, D)
        """One value a map."""
        return torch.einsum("bdp,bp->bd", maps.float().flatten(2), self.weights(maps)).to(maps.dtype)


@register
def attention(*, width: int, hidden: Width = 128) -> GatedAttention:
    """A weighted mean of all places; a small gated network says how much each place counts.

    Args:
        width: of the maps; the model's.
        hidden: width of that network.

    Source: Ilse, Tomczak & Welling 2018, arXiv:1802.04712, eq. 9.
    """
    return GatedAttention(width, hidden)
