"""Hook: something that watches a training."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hilum.training.state import TrainState


@dataclass(frozen=True)
class Plan:
    """How much there is to do.

    Args:
        epochs: of the whole training.
        images: an epoch.
    """

    epochs: int
    images: int


class Hook(Protocol):
    """Called by the first process alone."""

    def step(self, state: TrainState, images: int) -> None:
        """A step over so many images was made, on all processes together."""
        ...

    def epoch(self, state: TrainState, record: Mapping[str, Any]) -> None:
        """An epoch is done; `record` is its line of the log."""
        ...

    def close(self) -> None:
        """The training has ended, well or not."""
        ...
