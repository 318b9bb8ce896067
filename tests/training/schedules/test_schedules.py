"""Each schedule against PyTorch's own, and what all of them must hold to."""

import pytest
import torch
from torch.optim import SGD, lr_scheduler

from hilum.registry import settings_of
from hilum.runs.recipe import Phase
from hilum.training.optimize import FILLED_SCHEDULE, completed, rate
from hilum.training.registries import schedules
from hilum.training.schedules.one_cycle import one_cycle
from hilum.training.schedules.plateau import plateau
from hilum.training.schedules.step import step

STEPS = 1000


def optimizer(lr: float = 1.0) -> SGD:
    return SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def course(scheduler: lr_scheduler.LRScheduler, steps: int = STEPS) -> list[float]:
    rates = []
    for _ in range(steps):
        rates.append(scheduler.get_last_lr()[0])
        scheduler.optimizer.step()
        scheduler.step()
    return rates


def test_the_contract_of_every_schedule() -> None:
    assert len(schedules) >= 5
    for name in schedules:
        phase = Phase(epochs=4, lr=0.3, schedule={"name": name})
        rates = [rate(phase, number, 25, [True] * (number // 25)) for number in range(100)]
        assert all(0 <= value <= 0.3 * (1 + 1e-12) for value in rates), name
        assert max(rates) > 0.29, name
        assert not set(FILLED_SCHEDULE) & set(settings_of(schedules[name], FILLED_SCHEDULE).model_fields), name


def test_cosine() -> None:
    expected = course(lr_scheduler.CosineAnnealingLR(optimizer(), T_max=STEPS))
    assert [schedules["cosine"](number / STEPS) for number in range(STEPS)] == pytest.approx(expected, abs=1e-9)


def test_step() -> None:
    expected = course(lr_scheduler.MultiStepLR(optimizer(), [300, 900], gamma=0.2))
    own = [step(number / STEPS, at=(0.3, 0.9), factor=0.2) for number in range(STEPS)]
    assert own == pytest.approx(expected, abs=1e-12)


def test_one_cycle() -> None:
    """PyTorch's comes to its turns one step sooner."""
    expected = course(lr_scheduler.OneCycleLR(optimizer(), max_lr=1.0, total_steps=STEPS, cycle_momentum=False))
    assert [one_cycle(number / STEPS) for number in range(STEPS)] == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize(("patience", "factor"), [(1, 0.1), (2, 0.5), (3, 0.5)])
def test_plateau(patience: int, factor: float) -> None:
    """PyTorch's falls after `patience` + 1 epochs that are no better."""
    draw = torch.Generator().manual_seed(0)
    losses = (torch.linspace(1, 0.6, 40) + 0.1 * torch.rand(40, generator=draw)).tolist()
    own = optimizer()
    scheduler = lr_scheduler.ReduceLROnPlateau(own, factor=factor, patience=patience - 1, threshold=0, eps=0)
    better: list[bool] = []
    for loss in losses:
        better.append(loss < min(losses[: len(better)], default=2.0))
        scheduler.step(loss)
        assert plateau(0.5, better=better, factor=factor, patience=patience, least=0.0) == pytest.approx(
            own.param_groups[0]["lr"]
        )
    assert own.param_groups[0]["lr"] < 1


def test_plateau_stops_at_the_least() -> None:
    assert plateau(0, better=[False] * 50, least=0.01) == 0.01


def test_the_recipe_keeps_a_schedule_s_own_settings_alone() -> None:
    from hilum.runs import Recipe

    values = {"model": {"encoder": "test_resnet"}, "training": {"phases": [{"schedule": "plateau"}]}}
    schedule = completed(Recipe.model_validate(values)).training.phases[0].schedule
    assert schedule == {"name": "plateau", "factor": 0.1, "patience": 1, "least": 0.0001}
