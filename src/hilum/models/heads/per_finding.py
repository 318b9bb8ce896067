"""A small head of its own for each finding, so that rare findings do not share their features with frequent ones."""

from torch import nn

from hilum.models.settings import Dropout, Width
from hilum.registry import register


@register
def per_finding(
    *,
    width: int,
    outputs: int,
    hidden: Width = 32,
    dropout: Dropout = 0.0,
) -> nn.Sequential:
    """One hidden layer with ReLU for each logit; dropout before each layer.

    Args:
        width: of the vectors; the model's.
        outputs: how many logits; the model's.
        hidden: width of each logit's hidden layer.
        dropout: share of its inputs that each layer drops while learning.
    """
    return nn.Sequential(
        nn.Dropout(dropout),
        nn.Linear(width, outputs * hidden),
        nn.ReLU(inplace=True),
        nn.Dropout(dropout),
        nn.Unflatten(1, (outputs * hidden, 1)),
        nn.Conv1d(outputs * hidden, outputs, 1, groups=outputs),  # each logit from its own hidden layer
        nn.Flatten(1),
    )
