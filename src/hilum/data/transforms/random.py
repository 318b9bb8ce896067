"""A few of many: which transforms an image goes through is drawn too."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

import torch
from pydantic import BeforeValidator
from torch import Generator

from hilum.data.augment import checked_steps
from hilum.data.batch import Batch
from hilum.data.registries import transforms
from hilum.data.transforms.chance import on_some, sometimes
from hilum.data.transforms.limits import Count
from hilum.registry import register
from hilum.schema import ConfigError


def _complete(given: Any) -> dict[str, dict[str, Any]]:
    """Transforms with their settings, checked and completed."""
    if not isinstance(given, Mapping) or not given:
        raise ConfigError(f"augment.random.of: got {given!r}. Expected transforms, as in {{affine: {{degrees: 7}}}}.")
    return checked_steps(given, "augment.random.of")


Steps = Annotated[dict[str, dict[str, Any]], BeforeValidator(_complete)]


# B images, S transforms
@register
@sometimes(1.0)
def random(batch: Batch, generator: Generator, *, of: Steps, count: Count = 2) -> Batch:
    """Pass each image through a few transforms drawn for it, in the order in which they stand.

    After RandAugment; other than there each transform has its own settings and draws its own strength, and none comes
    twice.

    Args:
        batch: its images are (B, 1, h, w) in [0, 1].
        generator: of the draw.
        of: the transforms with their settings.
        count: how many of them an image goes through; all if there are no more.

    Source: Cubuk et al. 2020, RandAugment: practical automated data augmentation, NeurIPS.
    """
    drawn = torch.rand((len(of), len(batch)), generator=generator, device=generator.device)
    chosen = drawn.argsort(dim=0).argsort(dim=0) < count  # (S, B)
    for (name, settings), rows in zip(of.items(), chosen, strict=True):
        batch = on_some(batch, rows, partial(transforms[name], generator=generator, **settings))
    return batch
