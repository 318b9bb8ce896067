"""The loop: train an epoch, evaluate, keep, log; in this order."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
import torch
from torch import nn

from hilum.data import Augment
from hilum.data.batch import prepared
from hilum.runs.recipe import Phase, TrainingSettings
from hilum.runs.save import save_weights
from hilum.schema import RunError
from hilum.training.average import Average
from hilum.training.checkpoint import LAST, load_last, restore, save_last
from hilum.training.hook import Hook, Plan
from hilum.training.optimize import freeze, optimizer_for, rate
from hilum.training.setting import Setting, figures_of
from hilum.training.state import TrainState
from hilum.training.validate import validate


def fit(setting: Setting, model: nn.Module) -> None:
    """Train until the recipe's epochs are done, or none was better for long enough; resume when there is a `last`."""
    settings, fabric, train = setting.recipe.training, setting.fabric, setting.train
    model = setting.device.place(model)
    average = Average(model, settings.ema_decay) if settings.ema_decay else None
    resumed = (setting.folder / LAST).is_file()
    state, moments = load_last(setting.folder, model, average) if resumed else (TrainState(), {})
    step_of, started, phase = _stepper(setting), time.monotonic() - state.seconds, None
    with ExitStack() as stack:
        hooks = _opened(setting, state, stack)
        while state.epoch < settings.epochs and not _stopped(settings, state):
            epoch, began = state.epoch, time.monotonic()
            current, step = _phase(settings, epoch, len(train))
            model.train()
            freeze(model, current.frozen)
            if current is not phase:
                phase = current
                optimizer = optimizer_for(model, phase)
                restore(optimizer, moments if step else {})
                network, stepper = fabric.setup(model, optimizer)

            # --- train: everything random follows from (seed, epoch, step), so that a resumed epoch is the same epoch
            torch.manual_seed(_seed(settings.seed, epoch))
            total, seen = torch.zeros((), device=setting.device.torch_device), 0
            for batch in train.epoch(epoch, rank=fabric.global_rank):
                for group in optimizer.param_groups:
                    group["lr"] = rate(phase, step, len(train))
                loss = step_of(network, model.inputs, batch, (settings.seed, epoch, step, fabric.global_rank))
                fabric.backward(loss)
                if settings.gradient_clip:
                    fabric.clip_gradients(network, stepper, max_norm=settings.gradient_clip)
                stepper.step()
                stepper.zero_grad()
                if average is not None:
                    average.update(model)
                total += loss.detach() * len(batch)
                step, seen = step + 1, seen + len(batch)
                for hook in hooks:
                    hook.step(state, len(batch) * fabric.world_size)

            # --- evaluate, keep, log; in an order that a kill at any point cannot spoil
            spent = time.monotonic() - began
            sums = fabric.all_reduce(torch.stack([total.cpu(), torch.tensor(float(seen))]), reduce_op="sum")
            record = {"epoch": epoch + 1, "step": step, "loss": _finite(sums, epoch)}  # type: ignore[arg-type]
            reader = average.model if average is not None else model
            figures = fabric.broadcast(validate(setting, reader))
            named = {f"val_{name}": value for name, value in figures.items()}
            record |= named | {"best": _better(setting, state, figures), "lr": rate(phase, step - 1, len(train))}
            record |= {"images_per_s": len(train.rows) / spent, "seconds": time.monotonic() - began}
            state.averaged, state.seconds = average.steps if average else 0, time.monotonic() - started
            if fabric.is_global_zero:
                if record["best"]:
                    state.weights = save_weights(setting.folder, reader, epoch + 1) | named
                setting.save_provenance(state)
                for hook in hooks:
                    hook.epoch(state, record)
                save_last(setting.folder, state, model, optimizer, average)


def _stepper(setting: Setting) -> Callable[..., torch.Tensor]:
    """A function of network, inputs, batch and seeds: forward and loss of an augmented batch."""
    augment, generator = Augment(setting.recipe.augment), torch.Generator(setting.device.torch_device)

    def loss_of(network: nn.Module, names: Sequence[str], batch: Any, seeds: tuple[int, ...]) -> torch.Tensor:
        generator.manual_seed(_seed(*seeds))
        ready = prepared(
            batch, names, setting.recipe.preprocess, setting.device, transform=augment, generator=generator
        )
        return setting.task.step(network, ready)["loss"]

    return loss_of


def _opened(setting: Setting, state: TrainState, stack: ExitStack) -> list[Hook]:
    if not setting.fabric.is_global_zero:
        return []
    plan = Plan(setting.recipe.training.epochs, len(setting.train.rows))
    hooks = [make(setting.folder, state, plan) for make in setting.hooks]
    for hook in hooks:
        stack.callback(hook.close)
    return hooks


def _better(setting: Setting, state: TrainState, figures: Mapping[str, float]) -> bool:
    """Whether this epoch is the best so far; counts it as done, and as the best."""
    directions = figures_of(setting.task)
    names = list(directions)
    first = setting.recipe.training.monitor or names[0]
    names = [first, *(name for name in names if name != first)]
    signs = {"max": 1.0, "min": -1.0}
    figure = [np.nan_to_num(signs[directions[name]] * figures[name], nan=-np.inf) for name in names]
    best = bool(state.best is None or figure > state.best)
    state.epoch += 1
    if best:
        state.best, state.best_epoch = [float(value) for value in figure], state.epoch
    return best


def _finite(sums: torch.Tensor, epoch: int) -> float:
    loss = float(sums[0] / sums[1])
    if not np.isfinite(loss):
        raise RunError(f"The loss of epoch {epoch + 1} is {loss}. Lower training.lr, or clip the gradient.")
    return loss


def _phase(settings: TrainingSettings, epoch: int, steps_an_epoch: int) -> tuple[Phase, int]:
    """The phase in which an epoch (from 0) lies, and how many of the phase's steps are done before it."""
    for phase in settings.phases:
        if epoch < phase.epochs:
            return phase, epoch * steps_an_epoch
        epoch -= phase.epochs
    raise AssertionError("unreachable")


def _stopped(settings: TrainingSettings, state: TrainState) -> bool:
    return bool(settings.early_stopping) and state.epoch - state.best_epoch >= settings.early_stopping


def _seed(*parts: int) -> int:
    """One number that follows from several, far apart for neighbors."""
    return int(np.random.SeedSequence(parts).generate_state(1, np.uint64)[0])
