"""What a loss learns beside the network lies in the model: it is trained, kept and resumed as any weight."""

from pathlib import Path

import numpy as np
import torch

from hilum.inference import Predictor
from hilum.runs import Recipe, Run
from hilum.runs.recipes import with_overrides
from hilum.schema import Cohort
from hilum.training import train
from hilum.training.dry_run import dry_run


def test_numbers_of_a_loss_are_learned_and_kept(
    tiny_recipe: Recipe, tiny_cohort: Cohort, tiny_run: Run, tmp_path: Path
) -> None:
    stores = tiny_run.folder.parent / "stores"
    recipe = with_overrides(tiny_recipe, ["task.loss=auc_margin", "training.ema_decay=0.9", "training.epochs=2"])
    run = train(recipe, tiny_cohort, tmp_path / "run", stores=stores)
    own = {name: tensor for name, tensor in run.model().state_dict().items() if name.startswith("task.")}
    assert set(own) == {"task.a", "task.b", "task.alpha"}
    assert all(tensor.shape == (2,) and (tensor != 0).any() for tensor in own.values())
    assert np.isfinite(run.log.loss).all()
    images = Predictor.open(run).predict(tiny_cohort, stores=stores)  # which asks nothing of them
    assert len(images) == len(tiny_cohort)


def test_a_plain_loss_adds_nothing_to_the_model(tiny_recipe: Recipe) -> None:
    assert [name for name, _ in dry_run(tiny_recipe).named_children() if name == "task"] == []
    with_own = dry_run(with_overrides(tiny_recipe, ["task.loss=auc_margin"]))
    assert torch.equal(with_own.get_submodule("task")["a"], torch.zeros(2))  # type: ignore[index]


def test_a_head_that_is_fitted_at_once_tells_such_a_loss_too(
    tiny_recipe: Recipe, tiny_cohort: Cohort, tiny_run: Run, tmp_path: Path
) -> None:
    recipe = with_overrides(tiny_recipe, ["task.loss=auc_margin", "model.head=logistic_regression"])
    run = train(recipe, tiny_cohort, tmp_path / "run", stores=tiny_run.folder.parent / "stores")
    assert np.isfinite(run.log.loss).all()
