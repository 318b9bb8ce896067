"""An objective without labels is trained by the same loop; its mean validation loss chooses the epoch."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from hilum.data import Batch
from hilum.models import models
from hilum.registry import register
from hilum.runs import Recipe, Run
from hilum.runs.recipes import with_overrides
from hilum.schema import Cohort, ConfigError, RunError
from hilum.tasks import tasks
from hilum.training import train


class MeanBrightness:
    """Tells how bright an image is, from pixels of which a part, drawn anew each time, is hidden."""

    def step(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        image = batch.inputs["image"]
        told = model(image=image * (torch.rand_like(image) > 0.1))["brightness"]
        return {"loss": (told[:, 0] - image.mean(dim=(1, 2, 3))).square().mean()}


class Guess(nn.Module):
    inputs, notes = ("image",), ()

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)

    def forward(self, *, image: Tensor) -> dict[str, Tensor]:
        return {"brightness": self.layer(image.mean(dim=(2, 3)))}


@register
def brightness() -> MeanBrightness:
    """How bright is it."""
    return MeanBrightness()


@register
def guess(*, channels: int = 1) -> Guess:
    """A line."""
    return Guess()


@pytest.fixture
def recipe(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    monkeypatch.setattr(tasks, "_found", {**dict(tasks), "brightness": brightness})
    monkeypatch.setattr(models, "_found", {**dict(models), "guess": guess})
    values = tiny_recipe.model_dump() | {"task": "brightness", "model": {"name": "guess"}}
    return with_overrides(Recipe.model_validate(values), ["training.epochs=3"])


@pytest.fixture
def unlabeled(tiny_cohort: Cohort) -> Cohort:
    return replace(tiny_cohort, labels=pd.DataFrame(index=tiny_cohort.labels.index))


def test_it_learns_and_the_least_loss_is_kept(recipe: Recipe, unlabeled: Cohort, tmp_path: Path) -> None:
    run = train(recipe, unlabeled, tmp_path / "run", device="cpu")
    assert run.log.val_loss.is_monotonic_decreasing
    assert run.provenance["weights"]["epoch"] == 3
    assert run.provenance["weights"]["val_loss"] == run.log.val_loss.min()
    assert "val_auroc" not in run.log


def test_every_epoch_is_judged_by_the_same_draws(recipe: Recipe, unlabeled: Cohort, tmp_path: Path) -> None:
    """Weights that stand still have one validation loss, while training draws anew."""
    still = with_overrides(recipe, ["training.lr=1e-30"])
    run = train(still, unlabeled, tmp_path / "still", device="cpu")
    assert run.log.val_loss.nunique() == 1
    assert run.log.loss.nunique() == 3


def test_it_predicts_nothing(recipe: Recipe, unlabeled: Cohort, tmp_path: Path) -> None:
    run = train(recipe, unlabeled, tmp_path / "run", device="cpu")
    with pytest.raises(RunError, match=r"without labels \(brightness\).*model\.pretrained="):
        Run.open(run.folder).task  # noqa: B018


def test_it_has_no_other_figure(recipe: Recipe, unlabeled: Cohort, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'auroc' is no figure of the task\. Expected one of: loss"):
        train(with_overrides(recipe, ["training.monitor=auroc"]), unlabeled, tmp_path / "run", device="cpu")
