"""One epoch: a step for each batch, and what is watched and kept between the steps."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, distributed

from hilum.data import Batch
from hilum.runs.recipe import Phase, TrainingSettings
from hilum.schema import RunError
from hilum.schema.errors import listed
from hilum.schema.files import write_json
from hilum.training.hook import Hook
from hilum.training.optimize import rate
from hilum.training.setting import Setting
from hilum.training.state import TrainState
from hilum.training.step import Stepper

NAN = "nan.json"


def train_epoch(
    setting: Setting, stepper: Stepper, state: TrainState, hooks: Sequence[Hook], checkpoint: Callable[[Stepper], None]
) -> dict[str, Any]:
    """Make the steps of the epoch that `state` has come to, or those that are left of it.

    Args:
        setting: of the training.
        stepper: of the epoch's phase.
        state: counted on, step by step.
        hooks: told of each step.
        checkpoint: called where `checkpoints.every` says so, between two steps.

    Returns:
        The epoch's record so far: `loss`, a mean over its images, `lr` of its last step, `images_per_s`, and
        `step_share`, the share of the time that was spent in steps rather than in waiting for images.

    Raises:
        RunError: when a loss is no number; the ids of the images are then in the Run's `nan.json`.
    """
    settings, fabric, steps = setting.recipe.training, setting.fabric, len(setting.train)
    phase, before = phase_at(settings, state.epoch)
    total = torch.zeros((), device=setting.device.torch_device)
    last, clock, lr, beginning = None, _Clock(), 0.0, state.images
    stepper.listen()
    batches = setting.train.epoch(state.epoch, rank=fabric.global_rank, first=state.within)
    sizes = setting.train.sizes(state.epoch)[state.within :]
    for batch, images in zip(clock.waiting(batches), sizes, strict=True):
        lr = rate(phase, (state.epoch - before) * steps + state.within, steps, state.better[before:])
        loss = stepper(batch, lr, settings.seed, state.epoch, state.within, fabric.global_rank)
        if last is not None:
            _check(setting, state, *last)  # one step late, so that a GPU is not waited for
        last = loss, batch
        total += loss * images
        state.steps, state.within, state.images = state.steps + 1, state.within + 1, state.images + images
        for hook in hooks:
            hook.step(state, images)
        every = settings.checkpoints.every
        if settings.checkpoints.keep and every and state.steps % every == 0:
            _check(setting, state, *last)
            state.losses, total = state.losses + float(total), torch.zeros_like(total)
            with clock.stopped():
                checkpoint(stepper)
            stepper.listen()
    if last is not None:
        _check(setting, state, *last)
    state.losses += float(total)
    record = {"loss": state.losses / state.images, "lr": lr, **clock.figures(state.images - beginning)}
    state.within, state.losses, state.images = 0, 0.0, 0
    return record


def phase_at(settings: TrainingSettings, epoch: int) -> tuple[Phase, int]:
    """The phase in which an epoch (from 0) lies, and the epoch with which it began."""
    before = 0
    for phase in settings.phases:
        if epoch < before + phase.epochs:
            return phase, before
        before += phase.epochs
    raise AssertionError("unreachable")


def _check(setting: Setting, state: TrainState, loss: Tensor, batch: Batch) -> None:
    """Stop where a loss is no number, with the images of that batch on record."""
    value = float(loss)
    if math.isfinite(value):
        return
    ids = list(batch.image_ids)
    if setting.fabric.world_size > 1:
        shares: list[Any] = [None] * setting.fabric.world_size
        distributed.all_gather_object(shares, ids)
        ids = [image_id for share in shares for image_id in share]
    path = setting.folder / NAN
    if setting.fabric.is_global_zero:
        found = {"epoch": state.epoch + 1, "step": state.steps, "loss": str(value), "image_ids": ids}
        write_json(path, found)
    kept = f"The best epoch so far, {state.best_epoch}, is kept. " if state.best_epoch else ""
    raise RunError(
        f"The loss of epoch {state.epoch + 1} is {value}, on the batch of images {listed(ids)} ({path} names all). "
        f"{kept}Lower training.lr, set training.gradient_clip=1, or look at these images; train into another folder."
    )


class _Clock:
    """How long an epoch's steps took, and how long they waited for images."""

    def __init__(self) -> None:
        self.began, self.waited, self.paused = time.monotonic(), 0.0, 0.0

    def waiting(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches, with the time that each let wait."""
        coming = iter(batches)
        while True:
            began = time.monotonic()
            batch = next(coming, None)
            self.waited += time.monotonic() - began
            if batch is None:
                return
            yield batch

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """What is done meanwhile is no part of the epoch's steps."""
        began = time.monotonic()
        yield
        self.paused += time.monotonic() - began

    def figures(self, images: int) -> dict[str, float]:
        """Images a second, and the share of the time spent in steps."""
        spent = max(time.monotonic() - self.began - self.paused, 1e-9)
        return {"images_per_s": images / spent, "step_share": 1 - self.waited / spent}
