"""A head straight on features: columns that are not pixels."""

from torch import Tensor, nn

from hilum.models.contract import Embeds, Model
from hilum.models.heads import Head, check_fit, heads
from hilum.registry import register
from hilum.registry.component import built


# B images, F features, K outputs
class Tabular(nn.Module, Model, Embeds):
    """Standardized features, and a head on them.

    Args:
        head: (B, F) to (B, K).
    """

    inputs = ("features",)
    notes = ()

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def embed(self, *, features: Tensor) -> Tensor:  # (B, F) -> (B, F)
        """The features. An image without any (NaN) gets those of an image with mean features (0)."""
        return features.nan_to_num(0.0)

    def forward(self, *, features: Tensor) -> dict[str, Tensor]:  # (B, F) -> (B, K), logits
        """Logits of standardized features."""
        return {"labels": self.head(self.embed(features=features))}


@register
def tabular(*, outputs: int, features: int, head: Head = "logistic_regression") -> Tabular:
    """A head straight on the features, such as demographics and history: the classical models.

    Args:
        outputs: how many logits, one a finding; filled from the recipe's findings.
        features: numbers an image; filled from the recipe's features.
        head: features to logits (`hilum ls heads`), as in `{name: gradient_boosting, trees: 200}`.
    """
    last = built(head, heads, "model.head", supplied={"width": features, "outputs": outputs})
    check_fit(nn.Flatten(), last)  # one vector an image
    return Tabular(last)
