"""A recurrent network over a patient's earlier visits, which then meets the features of the image at hand."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from hilum.models.contract import Embeds, Model
from hilum.models.mlp import Perceptron
from hilum.models.settings import Dropout, Width
from hilum.registry import register


# B images, T visits, C numbers a visit, F features, S width of the state, H of the last hidden layer, K findings
class Recurrent(nn.Module, Model, Embeds):
    """A gated recurrent unit walks through the visits; its last state and the image's features go through a perceptron.

    The network sees what its input holds: visits before the image's own, and the image's own demographics. Nothing
    later can reach an image, since each image brings its own past.

    Args:
        features: F, numbers an image.
        visit: C, numbers a visit; the first is 1 where there is a visit and 0 where there is none.
        outputs: K, how many logits to give; 0 for none, when only `embed` is wanted.
        state: S.
        hidden: widths of the perceptron's hidden layers.
        dropout: share of the state, and of each hidden layer, that is dropped while learning.
    """

    inputs = ("features", "visits")
    notes = ()

    def __init__(
        self, features: int, visit: int, *, outputs: int, state: int, hidden: Sequence[int], dropout: float
    ) -> None:
        super().__init__()
        self.cell = nn.GRU(visit, state, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.perceptron = Perceptron(features + state, outputs=outputs, hidden=hidden, dropout=dropout)
        self.width = self.perceptron.width

    def walk(self, visits: Tensor) -> Tensor:  # (B, T, C) -> (B, S)
        """State after the newest visit; 0 for an image without earlier visits. Visits stand at the end of T."""
        steps = visits.shape[1]
        counts = visits[:, :, 0].sum(dim=1).round().long()  # (B,)
        state = visits.new_zeros(len(visits), self.cell.hidden_size)
        some = counts.nonzero()[:, 0]
        if len(some):
            places = torch.arange(steps, device=visits.device) + (steps - counts[some])[:, None]
            places = places.clamp(max=steps - 1)[:, :, None].expand(-1, -1, visits.shape[2])
            packed = pack_padded_sequence(  # empty visits cost nothing
                visits[some].gather(1, places), counts[some].cpu(), batch_first=True, enforce_sorted=False
            )
            state = state.index_put((some,), self.cell(packed)[1][-1].to(state.dtype))
        return state

    def embed(self, *, features: Tensor, visits: Tensor) -> Tensor:  # (B, F), (B, T, C) -> (B, H)
        """The last hidden layer."""
        state = self.dropout(self.walk(visits))
        return self.perceptron.embed(features=torch.cat([features, state], dim=1))

    def forward(self, *, features: Tensor, visits: Tensor) -> dict[str, Tensor]:  # (B, F), (B, T, C) -> (B, K), logits
        """Logits of standardized features and earlier visits."""
        return {"labels": self.perceptron.head(self.embed(features=features, visits=visits))}


@register
def gru(
    *,
    outputs: int,
    features: int,
    visit: int,
    state: Width = 64,
    hidden: tuple[Width, ...] = (256,),
    dropout: Dropout = 0.0,
) -> Recurrent:
    """A gated recurrent unit over the patient's earlier visits, with the image's features.

    Args:
        outputs: how many logits, one a finding; filled from the recipe's findings.
        features: numbers an image; filled from the recipe's features.
        visit: numbers a visit; filled from the recipe's `visits`.
        state: width of the recurrent state.
        hidden: widths of the hidden layers behind it, as in [256, 128].
        dropout: share of the state, and of each hidden layer, that is dropped while learning.

    Source: Cho et al. 2014, arXiv:1406.1078 (the unit); Choi et al. 2015, arXiv:1511.05942 (over visits).
    """
    return Recurrent(features, visit, outputs=outputs, state=state, hidden=hidden, dropout=dropout)
