"""Augment: the transforms of a recipe, one after the other."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator

from hilum.data.batch import Batch
from hilum.data.registries import transforms
from hilum.registry import checked
from hilum.schema import ConfigError


class Augment:
    """The transforms of a recipe, one after the other.

    Args:
        settings: name -> keywords, in order.

    Raises:
        ConfigError: for an unknown name or keyword.
    """

    def __init__(self, settings: Mapping[str, Mapping[str, Any]]) -> None:
        self.steps = [(transforms[name], keywords) for name, keywords in checked_steps(settings, "augment").items()]

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """A batch whose image is (B, 1, h, w) in [0, 1] to the same, with its targets moved along.

        A second view (`lateral`) is changed too, by draws of its own; only what mixes images mixes both alike.
        """
        for function, keywords in self.steps:
            batch = function(batch, generator, **keywords)
        return batch


def augmented(batch: Batch, settings: Mapping[str, Mapping[str, Any]], seed: int) -> Batch:
    """A batch as a source gives it after a recipe's transforms, before it is normalized; for looking at.

    Args:
        batch: its image is (B, h, w) uint8.
        settings: name -> keywords, in order; none leaves the images as they are.
        seed: of all draws.

    Returns:
        The same with an image (B, 1, h, w) in [0, 1], and targets moved along.
    """
    image = batch.inputs["image"].float().div(255).unsqueeze(1)
    return Augment(settings)(batch.with_image(image), torch.Generator().manual_seed(seed))


def mixes(settings: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether any of these transforms mixes images with each other, so that labels change."""
    return any(
        getattr(transforms[name], "mixes", False) or mixes(keywords.get("of", {}))
        for name, keywords in settings.items()
    )


def mirrors(settings: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether any of these transforms mirrors images, so that left becomes right."""
    return "flip" in settings or any(mirrors(keywords.get("of", {})) for keywords in settings.values())


def checked_steps(settings: Mapping[str, Any], where: str) -> dict[str, dict[str, Any]]:
    """Transforms with all of their settings, in order.

    Args:
        settings: name -> keywords, as read from YAML.
        where: the place in the recipe; begins every message.

    Raises:
        ConfigError: for an unknown name or keyword, by its full name.
    """
    for name, given in settings.items():
        if not isinstance(given, Mapping):
            raise ConfigError(f"{where}.{name}: got {given!r}. Expected its settings; {{}} for the usual ones.")
    return {name: checked(transforms[name], given, where=f"{where}.{name}") for name, given in settings.items()}
