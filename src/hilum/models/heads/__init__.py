"""Heads: one vector an image, (B, D), to logits, (B, K). Each file is a choice for `model.head`.

Some read maps (B, D, h, w) instead and pool by themselves (`contract.ReadsMaps`); their pooling is `none`. A head's
function is given `width` (D) and `outputs` (K) by the model; its other keywords are the recipe's.
"""

from functools import partial
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from torch import nn

from hilum.models.contract import ReadsMaps
from hilum.registry import Registry
from hilum.registry.component import component
from hilum.schema.errors import ConfigError

heads = Registry("hilum.models.heads", "head")
SUPPLIED_TO_HEADS = ("width", "outputs")

Head = Annotated[
    str | dict[str, Any],
    BeforeValidator(partial(component, registry=heads, where="model.head", supplied=SUPPLIED_TO_HEADS)),
    Field(validate_default=True),
]


def check_fit(pool: nn.Module, head: nn.Module) -> None:
    """Refuse a head that reads maps behind a pooling, and one that reads vectors behind none."""
    pooled, reads_maps = not isinstance(pool, nn.Identity), isinstance(head, ReadsMaps)
    if reads_maps and pooled:
        raise ConfigError("model.head: it reads feature maps and pools by itself. Expected `pool: none` beside it.")
    if not reads_maps and not pooled:
        raise ConfigError(
            "model.pool: none leaves feature maps, and the head reads one vector an image. "
            "Expected a pooling (`hilum ls poolings`), or a head that reads maps (csra, pcam)."
        )


__all__ = ["SUPPLIED_TO_HEADS", "Head", "check_fit", "heads"]
