"""Which images a transform changes: `chance`, a keyword that every transform takes in the same way."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar, cast

import torch
from torch import Generator, Tensor

from hilum.data.batch import Batch
from hilum.data.transforms.limits import Share

F = TypeVar("F", bound=Callable[..., Batch])
MEANING = "share of images to which this happens; the others stay as they are"


def sometimes(usual: float) -> Callable[[F], F]:
    """Give a transform the keyword `chance`; only the images drawn for it pass through.

    Args:
        usual: the keyword's default, in [0, 1].
    """

    def with_chance(transform: F) -> F:
        @wraps(transform)
        def drawn(batch: Batch, generator: Generator, *, chance: float = usual, **settings: Any) -> Batch:
            if chance >= 1:
                return transform(batch, generator, **settings)
            chosen = torch.rand(len(batch), generator=generator, device=generator.device) < chance
            return on_some(batch, chosen, lambda part: transform(part, generator, **settings))

        signature = inspect.signature(transform)
        keyword = inspect.Parameter("chance", inspect.Parameter.KEYWORD_ONLY, default=usual, annotation=Share)
        own = list(signature.parameters.values())
        drawn.__signature__ = signature.replace(parameters=[*own[:2], keyword, *own[2:]])  # type: ignore[attr-defined]
        drawn.__doc__ = inspect.cleandoc(transform.__doc__ or "").replace(
            "\n    generator: of the draw.", f"\n    generator: of the draw.\n    chance: {MEANING}."
        )
        return cast(F, drawn)

    return with_chance


# B images
def on_some(batch: Batch, chosen: Tensor, change: Callable[[Batch], Batch]) -> Batch:
    """Change some images of a batch, with their inputs and targets, and leave the others.

    Args:
        batch: all images.
        chosen: (B,) which of them.
        change: what happens to a batch of those alone.
    """
    rows = chosen.nonzero().squeeze(1)
    if not len(rows):
        return batch
    places = rows.tolist()
    changed = change(batch.take(places))
    return replace(
        batch,
        inputs={name: tensor.index_copy(0, rows, changed.inputs[name]) for name, tensor in batch.inputs.items()},
        targets=_put_back(batch.targets, changed.targets, rows, places),
    )


def _put_back(
    targets: Mapping[str, Any], changed: Mapping[str, Any], rows: Tensor, places: list[int]
) -> dict[str, Any]:
    back: dict[str, Any] = {}
    for name, value in targets.items():
        if isinstance(value, Tensor):
            back[name] = value.index_copy(0, rows, changed[name])
        else:
            there = dict(zip(places, changed[name], strict=True))
            back[name] = [there.get(place, one) for place, one in enumerate(value)]
    return back
