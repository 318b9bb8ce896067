"""Heads: one vector an image, (B, D), to logits, (B, K). Each file is a choice for `model.head`.

A head's function is given `width` (D) and `outputs` (K) by the model; its other keywords are the recipe's.
"""

from functools import partial
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from hilum.registry import Registry
from hilum.registry.component import component

heads = Registry("hilum.models.heads", "head")
SUPPLIED_TO_HEADS = ("width", "outputs")

Head = Annotated[
    str | dict[str, Any],
    BeforeValidator(partial(component, registry=heads, where="model.head", supplied=SUPPLIED_TO_HEADS)),
    Field(validate_default=True),
]

__all__ = ["SUPPLIED_TO_HEADS", "Head", "heads"]
