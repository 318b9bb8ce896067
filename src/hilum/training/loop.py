"""The loop: train an epoch, evaluate, keep, log; in this order."""

import time
from contextlib import ExitStack
from functools import partial

from torch import nn

from hilum.runs.save import save_weights
from hilum.training.average import Average
from hilum.training.best import count_epoch, order_of, stopped_early
from hilum.training.checkpoint import LAST, load_last, save_last
from hilum.training.epoch import phase_at, train_epoch
from hilum.training.hook import Hook, Plan
from hilum.training.keep import Kept
from hilum.training.setting import Setting
from hilum.training.state import TrainState
from hilum.training.step import Stepper
from hilum.training.validate import validate


def fit(setting: Setting, model: nn.Module) -> None:
    """Train until the recipe's epochs are done, or none was better for long enough; resume when there is a `last`."""
    settings, fabric = setting.recipe.training, setting.fabric
    model = setting.device.place(model)
    average = Average(model, settings.ema_decay) if settings.ema_decay else None
    resumed = (setting.folder / LAST).is_file()
    state, moments = load_last(setting.folder, model, average) if resumed else (TrainState(), {})
    kept = Kept(setting.folder, settings, state.steps) if fabric.is_global_zero else None
    started, stepper = time.monotonic() - state.seconds, None
    checkpoint = partial(_between_steps, setting, kept, state, started)
    with ExitStack() as stack:
        hooks = _opened(setting, state, stack)
        while state.epoch < settings.epochs and not stopped_early(settings, state):
            began = time.monotonic()
            phase, before = phase_at(settings, state.epoch)
            if stepper is None or stepper.phase is not phase:
                begun = state.epoch > before or state.within
                stepper = Stepper(setting, model, phase, average, moments if begun else {})

            # --- train: everything random follows from (seed, epoch, step), so that a resumed step is the same step
            record = train_epoch(setting, stepper, state, hooks, checkpoint)

            # --- evaluate, keep, log; in an order that a kill at any point cannot spoil
            figures = fabric.broadcast(validate(setting, stepper.reader))
            named = {f"val_{name}": value for name, value in figures.items()}
            best = count_epoch(state, order_of(setting, figures))
            record = {"epoch": state.epoch, "step": state.steps, **record, **named, "best": best}
            record["seconds"] = time.monotonic() - began
            state.seconds = time.monotonic() - started
            if fabric.is_global_zero:
                if best:
                    state.weights = save_weights(setting.folder, stepper.reader, state.epoch) | named
                if kept is not None and not settings.checkpoints.every:
                    kept.add(stepper.reader, state.steps, state.epoch, figures, order_of(setting, figures))
                setting.save_provenance(state)
                for hook in hooks:
                    hook.epoch(state, record)
                save_last(setting.folder, state, model, stepper.optimizer, average)


def _between_steps(setting: Setting, kept: Kept | None, state: TrainState, started: float, stepper: Stepper) -> None:
    """Within an epoch: keep the weights if they are among the best, and all that going on from here needs."""
    figures = setting.fabric.broadcast(validate(setting, stepper.reader))
    if kept is not None:
        kept.add(stepper.reader, state.steps, state.epoch + 1, figures, order_of(setting, figures))
        state.seconds = time.monotonic() - started
        save_last(setting.folder, state, stepper.model, stepper.optimizer, stepper.average)


def _opened(setting: Setting, state: TrainState, stack: ExitStack) -> list[Hook]:
    if not setting.fabric.is_global_zero:
        return []
    plan = Plan(setting.recipe.training.epochs, setting.train.images)
    hooks = [make(setting.folder, state, plan) for make in setting.hooks]
    for hook in hooks:
        stack.callback(hook.close)
    return hooks
