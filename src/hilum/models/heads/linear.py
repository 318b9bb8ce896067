"""One linear layer: what class activation maps are exact for."""

from torch import Tensor, nn

from hilum.models.settings import Dropout
from hilum.registry import register


class Linear(nn.Module):
    """Dropout, then one linear layer.

    Args:
        width: D, of the vectors.
        outputs: K, how many logits.
        dropout: share of the vector's values dropped while learning.
    """

    def __init__(self, width: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.dropout, self.layer = nn.Dropout(dropout), nn.Linear(width, outputs)

    def forward(self, vectors: Tensor) -> Tensor:  # (B, D) -> (B, K)
        """Logits."""
        return self.layer(self.dropout(vectors))  # type: ignore[no-any-return]


@register
def linear(*, width: int, outputs: int, dropout: Dropout = 0.0) -> Linear:
    """One linear layer.

    Args:
        width: of the vectors; the model's.
        outputs: how many logits; the model's.
        dropout: share of the vector's values dropped while learning.
    """
    return Linear(width, outputs, dropout)
