"""Poolings: feature maps (B, D, h, w) to one vector an image, (B, D). Each file is a choice for `model.pool`.

A pooling's function may ask for `width` (D), which the model gives it; its other keywords are the recipe's.
"""

from functools import partial
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from hilum.registry import Registry
from hilum.registry.component import component

pools = Registry("hilum.models.pools", "pooling")
SUPPLIED_TO_POOLS = ("width",)

Pool = Annotated[
    str | dict[str, Any],
    BeforeValidator(partial(component, registry=pools, where="model.pool", supplied=SUPPLIED_TO_POOLS)),
    Field(validate_default=True),
]

__all__ = ["SUPPLIED_TO_POOLS", "Pool", "pools"]
