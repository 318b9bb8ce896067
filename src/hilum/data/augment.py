"""Augment: the transforms of a recipe, one after the other."""

from collections.abc import Mapping
from typing import Any

from torch import Generator

from hilum.data.batch import Batch
from hilum.data.registries import transforms
from hilum.registry import checked


class Augment:
    """The transforms of a recipe, one after the other.

    Args:
        settings: name -> keywords, in order.

    Raises:
        ConfigError: for an unknown name or keyword.
    """

    def __init__(self, settings: Mapping[str, Mapping[str, Any]]) -> None:
        self.steps = [
            (transforms[name], checked(transforms[name], given, where=f"augment.{name}"))
            for name, given in settings.items()
        ]

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """A batch whose image is (B, 1, h, w) in [0, 1] to the same, with its targets moved along."""
        for function, keywords in self.steps:
            batch = function(batch, generator, **keywords)
        return batch
