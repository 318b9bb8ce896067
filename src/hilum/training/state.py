"""TrainState: how far training has come."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class TrainState:
    """How far training has come.

    Args:
        epoch: whole epochs done.
        steps: steps done, of all epochs.
        within: steps done of the epoch that has begun; 0 between epochs.
        losses: sum over the images of those steps of their loss.
        images: how many those were.
        best: the figures that made the best epoch the best, larger is better, each later one for ties; None before the
            first.
        best_epoch: its number, from 1.
        better: of each epoch, whether it was the best until then.
        weights: what provenance says of the best epoch's weights.
        averaged: steps in the moving average.
        seconds: spent so far.
    """

    epoch: int = 0
    steps: int = 0
    within: int = 0
    losses: float = 0.0
    images: int = 0
    best: list[float] | None = None
    best_epoch: int = 0
    better: list[bool] = field(default_factory=list)
    weights: dict[str, Any] = field(default_factory=dict)
    averaged: int = 0
    seconds: float = 0.0
