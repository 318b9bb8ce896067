"""Batch: a few images with all that goes into a model and all that is learned from them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import torch
from torch import Generator, Tensor

from hilum.device import Device
from hilum.images import Preprocess
from hilum.images.frame import Frame
from hilum.schema import ConfigError


# B images, C channels, K findings, F features, h w the square of Preprocess
@dataclass(frozen=True)
class Batch:
    """Images side by side.

    Args:
        image_ids: B names.
        inputs: what a model takes, by name. `image` is (B, h, w) uint8 as a source gives it, (B, 1, h, w) in [0, 1]
            while it is augmented and (B, C, h, w) normalized when `prepared`; `features` is (B, F), `visits` (B, T, V),
            `attention` (B, 1, S, S).
            `lateral` is like `image`; with it go `has_image` and `has_lateral` (B,), false where there is none, which
            is NaN throughout when `prepared`.
        targets: what the task made of the cohort: `labels` and `weights` (B, K), `masks` (B, S, h, w), or `boxes`, a
            sequence of B tables (n, 4) of x0 y0 x1 y1 on the square.
        frames: where the pixels lie on the original images; empty for a model that looks at none.
    """

    image_ids: tuple[str, ...]
    inputs: Mapping[str, Tensor]
    targets: Mapping[str, Any] = field(default_factory=dict)
    frames: Sequence[Frame] = ()

    def __len__(self) -> int:
        return len(self.image_ids)

    def with_image(self, image: Tensor, **targets: Any) -> "Batch":
        """The same batch with other pixels, and with what of the targets moved along with them."""
        return replace(self, inputs={**self.inputs, "image": image}, targets={**self.targets, **targets})

    def take(self, places: Sequence[int]) -> "Batch":
        """The images at these places, in this order; one may come several times."""

        def taken(value: Any) -> Any:
            return value[list(places)] if isinstance(value, Tensor) else [value[place] for place in places]

        return Batch(
            tuple(taken(self.image_ids)),
            {name: taken(tensor) for name, tensor in self.inputs.items()},
            {name: taken(value) for name, value in self.targets.items()},
            taken(self.frames) if self.frames else (),
        )

    def pinned(self) -> "Batch":
        """The same batch in memory from which a GPU copies fast."""
        return self._each(Tensor.pin_memory)

    def on(self, device: torch.device) -> "Batch":
        """The same batch on a device."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=True))

    def parts(self, count: int) -> Iterator["Batch"]:
        """The batch cut into so many of as equal size as can be, in order; none has but one image, if it can be."""
        count = max(1, min(count, len(self) // 2))
        ends = [len(self) * number // count for number in range(count + 1)]
        for start, end in pairwise(ends):
            yield self if count == 1 else self.take(range(start, end))

    def _each(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        inputs = {name: change(tensor) for name, tensor in self.inputs.items()}
        targets = {
            name: change(value) if isinstance(value, Tensor) else [change(one) for one in value]
            for name, value in self.targets.items()
        }
        return replace(self, inputs=inputs, targets=targets)


Transform = Callable[[Batch, Generator], Batch]


def prepared(
    batch: Batch,
    names: Sequence[str],
    preprocess: Preprocess,
    device: Device,
    *,
    transform: Transform | None = None,
    generator: Generator | None = None,
) -> Batch:
    """A batch as a source gives it to what a model's forward takes, on the device: augmented, then normalized.

    Args:
        batch: from a source.
        names: the inputs that the model takes, `Model.inputs`.
        preprocess: how pixels are normalized.
        device: where the model is.
        transform: augmentation; None to leave the images as they are.
        generator: of the augmentation's draws, on the device.

    Raises:
        ConfigError: when the batch lacks an input.
    """
    missing = [name for name in names if name not in batch.inputs]
    if missing:
        raise ConfigError(
            f"The model takes {', '.join(names)}, and there are {', '.join(batch.inputs)} alone. "
            "Expected a recipe whose features fit its model."
        )
    there = {name: batch.inputs[f"has_{name}"] for name in names if f"has_{name}" in batch.inputs}
    batch = replace(batch, inputs={name: batch.inputs[name] for name in names}).on(device.torch_device)
    views = [name for name in ("image", "lateral") if name in batch.inputs]
    pixels = {name: batch.inputs[name].to(torch.float32).div_(255).unsqueeze(1) for name in views}  # (B, 1, h, w)
    batch = replace(batch, inputs={**batch.inputs, **pixels})
    if views and transform is not None and generator is not None:
        batch = transform(batch, generator)
    ready = {}
    for name in views:
        gray = batch.inputs[name].squeeze(1)  # (B, h, w)
        ready[name] = device.layout(preprocess.normalize(gray))  # (B, C, h, w)
        if name in there:
            none = ~there[name].to(device.torch_device)[:, None, None, None]
            ready[name] = ready[name].masked_fill(none, torch.nan)
    return replace(batch, inputs={**batch.inputs, **ready})
