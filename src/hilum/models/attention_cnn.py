"""A small convolutional network on attention maps alone: what can be read from where one looked."""

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from hilum.models.contract import Embeds, Model
from hilum.models.settings import Dropout, Width
from hilum.registry import register


# B images, S cells a side of a map, W channels of the last layer, K outputs
class AttentionNetwork(nn.Module, Model, Embeds):
    """Convolutions with batch norm and pooling in between, the mean over places, a linear head.

    Args:
        outputs: K, how many logits to give.
        widths: channels of the convolutions; each but the last halves the map.
        dropout: share of the vector that is dropped while learning.
    """

    inputs = ("attention",)
    notes = ()

    def __init__(self, *, outputs: int, widths: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 1
        for place, width in enumerate(widths):
            layers += [nn.Conv2d(before, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
            layers += [nn.MaxPool2d(2)] if place + 1 < len(widths) else []
            before = width
        self.layers = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.dropout, self.head = nn.Dropout(dropout), nn.Linear(before, outputs)

    def embed(self, *, attention: Tensor) -> Tensor:  # (B, 1, S, S) -> (B, W)
        """The vector that the head sees. An image without a map (NaN) gets that of an empty one."""
        return self.layers(attention.nan_to_num(0.0))  # type: ignore[no-any-return]

    def forward(self, *, attention: Tensor) -> dict[str, Tensor]:  # (B, 1, S, S) -> (B, K), logits
        """Logits of attention maps."""
        return {"labels": self.head(self.dropout(self.embed(attention=attention)))}


@register
def attention_cnn(
    *,
    outputs: int,
    cells: Annotated[int, Field(ge=0)],
    widths: Annotated[tuple[Width, ...], Field(min_length=1)] = (16, 32, 64),
    dropout: Dropout = 0.4,
) -> AttentionNetwork:
    """A small convolutional network on attention maps.

    Args:
        outputs: how many logits, one a finding; filled from the recipe's findings.
        cells: a side of an attention map; filled from the recipe's features. The network takes maps of any side.
        widths: channels of the convolutions; each but the last halves the map.
        dropout: share of the last vector that is dropped while learning.

    Source: Das 2025, chapters 8 and 9 (MLP and CNN on fused maps).
    """
    del cells  # asked for, so that the recipe must name maps
    return AttentionNetwork(outputs=outputs, widths=widths, dropout=dropout)
