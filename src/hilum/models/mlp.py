"""A multilayer perceptron over features: columns that are not pixels."""

from collections.abc import Sequence

from torch import Tensor, nn

from hilum.models.contract import Embeds, Model
from hilum.models.settings import Dropout, Width
from hilum.registry import register


# B images, F features, H width of the last hidden layer, K findings
class Perceptron(nn.Module, Model, Embeds):
    """Hidden layers with ReLU and dropout, then logits.

    Args:
        features: F, numbers an image.
        outputs: K, how many logits to give; 0 for none, when only `embed` is wanted.
        hidden: widths of the hidden layers; none makes it a logistic regression.
        dropout: share of each hidden layer that is dropped while learning.
    """

    inputs = ("features",)
    notes = ()

    def __init__(self, features: int, *, outputs: int, hidden: Sequence[int], dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        self.width = features
        for wide in hidden:
            layers += [nn.Linear(self.width, wide), nn.ReLU(inplace=True), nn.Dropout(dropout)]
            self.width = wide
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(self.width, outputs) if outputs else nn.Identity()

    def embed(self, *, features: Tensor) -> Tensor:  # (B, F) -> (B, H)
        """The last hidden layer. An image without features (NaN) gets that of an image with mean features (0)."""
        return self.layers(features.nan_to_num(0.0))  # type: ignore[no-any-return]

    def forward(self, *, features: Tensor) -> dict[str, Tensor]:  # (B, F) -> (B, K), logits
        """Logits of standardized features."""
        return {"labels": self.head(self.embed(features=features))}


@register
def mlp(*, outputs: int, features: int, hidden: tuple[Width, ...] = (128,), dropout: Dropout = 0.0) -> Perceptron:
    """A multilayer perceptron over features, such as demographics and history.

    Args:
        outputs: how many logits, one a finding; filled from the recipe's findings.
        features: numbers an image; filled from the recipe's features.
        hidden: widths of the hidden layers, as in [256, 128].
        dropout: share of each hidden layer that is dropped while learning.

    Source: one hidden layer of 128 on history: Herlihy, Hilton & Mukadam 2018, section 5.2.
    """
    return Perceptron(features, outputs=outputs, hidden=hidden, dropout=dropout)
