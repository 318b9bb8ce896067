"""The images that a batch may hold: `image`, and beside it `lateral`, the second view of a study."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar, cast

from torch import Generator

from hilum.data.batch import Batch

F = TypeVar("F", bound=Callable[..., Batch])
SECOND = "lateral"
VIEWS = ("image", SECOND)


def each_view(transform: F) -> F:
    """Let a transform of `image` change the second view too, by a draw of its own; targets go with `image` alone."""

    @wraps(transform)
    def both(batch: Batch, generator: Generator, **settings: Any) -> Batch:
        changed = transform(batch, generator, **settings) if "image" in batch.inputs else batch
        if SECOND not in batch.inputs:
            return changed
        second = Batch(batch.image_ids, {"image": batch.inputs[SECOND]})
        pixels = transform(second, generator, **settings).inputs["image"]
        return replace(changed, inputs={**changed.inputs, SECOND: pixels})

    return cast(F, both)
