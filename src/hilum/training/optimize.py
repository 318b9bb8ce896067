"""A phase's optimizer, the course of its learning rate, and which parts it trains."""

import inspect
from collections.abc import Sequence

from torch import nn, optim

from hilum.registry.component import component
from hilum.runs.recipe import Phase, Recipe
from hilum.training.groups import groups_of, part_of
from hilum.training.registries import optimizers, schedules

FILLED = ("lr",)  # of optimizers, from the phase
FILLED_SCHEDULE = ("better",)  # of schedules that look at how training goes


def completed(recipe: Recipe) -> Recipe:
    """The recipe with the keywords of its optimizers and schedules checked and filled in.

    Raises:
        ConfigError: for an unknown name or keyword.
    """
    phases = tuple(
        phase.model_copy(
            update={
                "optimizer": component(
                    phase.optimizer, optimizers, f"training.phases.{number}.optimizer", supplied=FILLED
                ),
                "schedule": component(
                    phase.schedule, schedules, f"training.phases.{number}.schedule", supplied=FILLED_SCHEDULE
                ),
            }
        )
        for number, phase in enumerate(recipe.training.phases)
    )
    return recipe.model_copy(update={"training": recipe.training.model_copy(update={"phases": phases})})


def optimizer_for(model: nn.Module, phase: Phase) -> optim.Optimizer:
    """The phase's optimizer over the parts that it trains."""
    settings = dict(phase.optimizer)
    build = optimizers[settings.pop("name")]
    optimizer: optim.Optimizer = build(groups_of(model, phase), lr=phase.lr, **settings)
    return optimizer


def rate(phase: Phase, step: int, steps_an_epoch: int, better: Sequence[bool] = ()) -> float:
    """The learning rate at a step of the phase, counted from 0: a line up over the warm-up, then the schedule.

    Args:
        phase: whose rate.
        step: of the phase.
        steps_an_epoch: how many there are.
        better: of each of the phase's epochs so far, whether it was the best until then.

    >>> phase = Phase(epochs=2, lr=1.0, warmup_epochs=0.5, schedule="cosine")
    >>> [round(rate(phase, step, 4), 2) for step in range(8)]
    [0.5, 1.0, 1.0, 0.93, 0.75, 0.5, 0.25, 0.07]
    """
    warmup, steps = round(phase.warmup_epochs * steps_an_epoch), phase.epochs * steps_an_epoch
    if step < warmup:
        return phase.lr * (step + 1) / warmup
    settings = dict(phase.schedule)
    schedule = schedules[settings.pop("name")]
    if "better" in inspect.signature(schedule).parameters:
        settings["better"] = tuple(better)
    return float(phase.lr * schedule((step - warmup) / max(1, steps - warmup), **settings))


def freeze(model: nn.Module, parts: tuple[str, ...]) -> None:
    """Train every part but these, which also keep their batch statistics; call it after `model.train()`.

    Args:
        model: in training mode.
        parts: names of submodules, as in `encoder` or `encoder.network.layer1`.
    """
    model.requires_grad_(True)
    for part in parts:
        part_of(model, part).requires_grad_(False).eval()
