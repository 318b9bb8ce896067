"""TrainState: how far training has come, after whole epochs."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class TrainState:
    """How far training has come, after whole epochs.

    Args:
        epoch: epochs done.
        best: the figures that made the best epoch the best, larger is better, each later one for ties; None before the
            first.
        best_epoch: its number, from 1.
        weights: what provenance says of that epoch's weights.
        averaged: steps in the moving average.
        seconds: spent so far.
    """

    epoch: int = 0
    best: list[float] | None = None
    best_epoch: int = 0
    weights: dict[str, Any] = field(default_factory=dict)
    averaged: int = 0
    seconds: float = 0.0
