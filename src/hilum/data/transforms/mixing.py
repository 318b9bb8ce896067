"""What two images mixed teach: labels and weights in the shares of their images."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import torch
from torch import Generator, Tensor

from hilum.data.batch import Batch
from hilum.data.transforms.views import VIEWS
from hilum.schema import ConfigError

F = TypeVar("F", bound=Callable[..., Batch])
LABELS = ("labels", "uncertain")  # shares of what an image has; `uncertain` where that is a class of its own


def between_images(transform: F) -> F:
    """Mark a transform that mixes images of a batch with each other; `hilum.data.augment.mixes` asks for it."""
    transform.mixes = True  # type: ignore[attr-defined]
    return transform


# B images, K findings
def mixed(batch: Batch, name: str, share: Tensor, mix: Callable[[Tensor, Tensor], Tensor]) -> Batch:
    """Each image mixed with the one before it in the batch, the first with the last.

    The label of a finding is the mean of both labels, each counted by its image's share times its weight, and its new
    weight the sum of these: y = (s w y + s' w' y') / (s w + s' w'). For a loss that is linear in the label, as the
    cross-entropy is, that is to the letter s times the loss of the one pair of image and label and s' times that of
    the other. So a label that one of them lacks (weight 0) is the other's alone and counts by that one's share; one
    that both lack goes on teaching nothing.

    Args:
        batch: with no inputs but views, and no targets but labels (B, K) in [0, 1], `uncertain` alike where the task
            tells it apart, and their weights (B, K) >= 0.
        name: of the transform, for messages.
        share: (B,) of each image itself in what becomes of it, in [0, 1].
        mix: of (B, 1, h, w) images and those that they are mixed with; the same for both views.

    Raises:
        ConfigError: when the batch has something that cannot be mixed.
    """
    _check(batch, name)
    views = {view: mix(batch.inputs[view], batch.inputs[view].roll(1, 0)) for view in VIEWS if view in batch.inputs}
    return replace(batch, inputs={**batch.inputs, **views}, targets=_targets(batch.targets, share[:, None]))


def _targets(targets: Mapping[str, Any], share: Tensor) -> Mapping[str, Any]:
    if not targets:
        return targets
    weights = targets["weights"]
    own, other = share * weights, (1 - share) * weights.roll(1, 0)
    total = own + other
    part = own / total.clamp(min=torch.finfo(total.dtype).tiny)
    held = {name: targets[name] for name in LABELS if name in targets}
    both = {name: torch.lerp(value.roll(1, 0), value, part) for name, value in held.items()}
    return {name: torch.where(total > 0, both[name], value) for name, value in held.items()} | {"weights": total}


def _check(batch: Batch, name: str) -> None:
    inputs = [given for given in batch.inputs if given not in VIEWS]
    targets = [given for given in batch.targets if given not in (*LABELS, "weights")]
    if inputs:
        raise ConfigError(
            f"augment.{name}: it mixes images, and the model also takes {', '.join(inputs)}, which would still "
            "be those of one of the two. Expected a model that takes images alone; or leave it out."
        )
    if targets:
        raise ConfigError(
            f"augment.{name}: it mixes labels, and the task also learns {', '.join(targets)}, which have no mixture. "
            "Expected a task that learns labels alone; or leave it out."
        )


def kept_share(count: int, generator: Generator, alpha: float) -> Tensor:
    """(B,) shares of images themselves, in [0.5, 1]: the larger part of a draw from Beta(alpha, alpha).

    The larger part, since the image's neighbors are drawn too: which of a pair is called the first changes nothing, and
    so an image keeps at least half of itself.

    Args:
        count: B.
        generator: of the draw.
        alpha: > 0; near 0 the pairs stay almost apart, 1 draws all shares evenly, beyond they lie around one half.

    Source: Devroye 1996, Random variate generation in one line of code, Winter Simulation Conference, 265-272.
    """
    uniform, angle = torch.rand((2, count), generator=generator, device=generator.device)
    wide = uniform.pow(-1 / alpha) - 1
    apart: Tensor = (1 + 1 / (wide * (2 * torch.pi * angle).cos() ** 2)).rsqrt()
    return 0.5 + 0.5 * apart
