"""Poolings: feature maps (B, D, h, w) to one vector an image, (B, D). Each file is a choice for `model.pool`."""

from functools import partial
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from hilum.registry import Registry
from hilum.registry.component import component

pools = Registry("hilum.models.pools", "pooling")

Pool = Annotated[
    str | dict[str, Any],
    BeforeValidator(partial(component, registry=pools, where="model.pool")),
    Field(validate_default=True),
]

__all__ = ["Pool", "pools"]
