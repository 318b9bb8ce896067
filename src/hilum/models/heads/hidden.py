"""Hidden layers before the logits."""

from itertools import pairwise

from torch import nn

from hilum.models.settings import Dropout, Width
from hilum.registry import register


@register
def hidden(
    *,
    width: int,
    outputs: int,
    hidden: tuple[Width, ...] = (256, 50),
    dropout: Dropout = 0.0,
) -> nn.Sequential:
    """Hidden layers with ReLU, then a linear one; dropout before each.

    Args:
        width: of the vectors; the model's.
        outputs: how many logits; the model's.
        hidden: widths of the hidden layers, as in [256, 50].
        dropout: share of its inputs that each layer drops while learning.
    """
    layers: list[nn.Module] = []
    for before, after in pairwise([width, *hidden]):
        layers += [nn.Dropout(dropout), nn.Linear(before, after), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.Dropout(dropout), nn.Linear([width, *hidden][-1], outputs))
