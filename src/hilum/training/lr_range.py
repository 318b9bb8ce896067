"""The learning-rate range test: a short training whose rate rises step by step, and what its loss does."""

import os
import tempfile
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hilum.device import Device
from hilum.runs.build import build_model
from hilum.runs.recipe import Recipe
from hilum.schema import Cohort, ConfigError, DataError
from hilum.training.fit_head import is_fitted
from hilum.training.optimize import completed
from hilum.training.processes import launch
from hilum.training.setting import Setting
from hilum.training.setup import loaders, tabular_inputs, with_split
from hilum.training.step import Stepper

SMOOTHING = 0.9  # share of the running mean that a step keeps
DIVERGED = 4.0  # times the lowest loss, at which the test ends


# S steps
@dataclass(frozen=True)
class LearningRates:
    """What a range test found.

    Args:
        rates: (S,) learning rate of each step, rising.
        losses: (S,) loss of each step.
        smoothed: (S,) running mean of the losses.
        suggested: a tenth of the rate at which the running mean is lowest; nan when it never fell.
    """

    rates: NDArray[np.float64]
    losses: NDArray[np.float64]
    smoothed: NDArray[np.float64]
    suggested: float

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "suggested": self.suggested,
            "rates": self.rates.tolist(),
            "losses": self.losses.tolist(),
            "smoothed": self.smoothed.tolist(),
        }


def lr_range(
    recipe: Recipe,
    cohort: Cohort,
    *,
    stores: str | os.PathLike[str],
    steps: int = 100,
    lowest: float = 1e-6,
    highest: float = 1.0,
    device: str = "auto",
) -> LearningRates:
    """Train the recipe's first phase with a rate that rises by the same factor each step, until the loss grows large.

    Nothing that is learned is kept. What it suggests is where to begin looking, not the best rate.

    Args:
        recipe: whose model, batches and first phase are used; its learning rate, warm-up and schedule are not.
        cohort: as for `train`.
        stores: folder of packed stores.
        steps: how many, 10 or more.
        lowest: the rate of the first step.
        highest: the rate of the last.
        device: as for `train`.

    Source: Smith 2017, arXiv:1506.01186; to take a tenth of the lowest point is fastai's custom.
    """
    if steps < 10 or not 0 < lowest < highest:
        raise ConfigError(
            f"{steps} steps, rates {lowest} to {highest}: expected 10 steps or more, and rates that rise."
        )
    recipe = completed(recipe)
    used = with_split(recipe, cohort).split("train", "val")
    tabular, beside = tabular_inputs(None, recipe, used)
    placed = Device.choose(device, recipe.training.precision, recipe.training.channels_last)
    fabric, sets = launch(placed, 1), loaders(recipe, used, Path(stores), beside)
    rates, losses = np.geomspace(lowest, highest, steps), list[float]()
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())), tempfile.TemporaryDirectory() as nowhere:
        torch.manual_seed(recipe.training.seed)
        model = placed.place(build_model(recipe, pretrained=True, tabular=tabular))
        if is_fitted(model):
            raise ConfigError("model.head: it is fitted at once, and knows no learning rate. Expected another.")
        setting = Setting(
            recipe, sets.task, sets.train, sets.val, sets.val_cohort, fabric, placed, Path(nowhere), (), lambda _: None
        )
        step_of = Stepper(setting, model, recipe.training.phases[0], None, {})
        batches = (batch for epoch in count() for batch in sets.train.epoch(epoch))
        for step, (rate, batch) in enumerate(zip(rates, batches, strict=False)):
            losses.append(float(step_of(batch, float(rate), recipe.training.seed, 0, step)))
            if not np.isfinite(losses[-1]) or smooth(losses)[-1] > DIVERGED * min(smooth(losses)):
                break
    return summed_up(rates[: len(losses)], np.array(losses))


def smooth(losses: list[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """(S,) running mean, without the pull towards 0 of its beginning.

    >>> smooth([2.0, 2.0]).tolist()
    [2.0, 2.0]
    """
    mean, means = 0.0, []
    for step, loss in enumerate(losses, start=1):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        means.append(mean / (1 - SMOOTHING**step))
    return np.array(means)


def summed_up(rates: NDArray[np.float64], losses: NDArray[np.float64]) -> LearningRates:
    """Rates and losses of the steps as a result.

    Raises:
        DataError: when not one loss is a number.
    """
    known = np.isfinite(losses)
    if not known.any():
        raise DataError("No loss of the range test is a number, not even at the lowest rate. Look at the images first.")
    rates, losses = rates[known], losses[known]
    smoothed = smooth(losses)
    place = int(smoothed.argmin())
    return LearningRates(rates, losses, smoothed, float(rates[place] / 10) if place else float("nan"))
