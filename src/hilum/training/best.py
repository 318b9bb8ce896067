"""Which epoch is the best: by the monitored figure, the task's others deciding between equals."""

from collections.abc import Mapping

import numpy as np

from hilum.runs.recipe import TrainingSettings
from hilum.training.setting import Setting, figures_of
from hilum.training.state import TrainState


def order_of(setting: Setting, figures: Mapping[str, float]) -> list[float]:
    """The figures as numbers that sort: larger is better, the monitored one first; what is not a number is worst."""
    directions = figures_of(setting.task)
    names = list(directions)
    first = setting.recipe.training.monitor or names[0]
    signs = {"max": 1.0, "min": -1.0}
    ordered = [first, *(name for name in names if name != first)]
    return [float(np.nan_to_num(signs[directions[name]] * figures[name], nan=-np.inf)) for name in ordered]


def count_epoch(state: TrainState, order: list[float]) -> bool:
    """Count an epoch as done; whether it is the best so far."""
    best = state.best is None or order > state.best
    state.epoch, state.better = state.epoch + 1, [*state.better, best]
    if best:
        state.best, state.best_epoch = order, state.epoch
    return best


def stopped_early(settings: TrainingSettings, state: TrainState) -> bool:
    """Whether no epoch has been better for as long as `early_stopping` says."""
    return bool(settings.early_stopping) and state.epoch - state.best_epoch >= settings.early_stopping
