"""Checkpoints on the way: as many as asked for, the best, whole at every moment, and the way back into an epoch."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from hilum.runs import Recipe, Run
from hilum.runs.checkpoints import checkpoints_of
from hilum.runs.recipes import with_overrides
from hilum.runs.run import sha256
from hilum.schema import Cohort, DataError, RunError
from hilum.training import keep, loop, train
from hilum.training.keep import Kept, disk_use


@pytest.fixture(scope="module")
def stores(tiny_run: Run) -> Path:
    return tiny_run.folder.parent / "stores"


@pytest.fixture(scope="module")
def recipe(tiny_recipe: Recipe) -> Recipe:
    """8 steps an epoch; every third is a checkpoint, of which the better two of each epoch stay."""
    changes = ["training.checkpoints={keep: 2, of: epoch, every: 3}", "training.ema_decay=0.5"]
    frozen = "training.phases=[{epochs: 3, lr: 3e-3, frozen: [encoder.network.layer1]}]"
    return with_overrides(tiny_recipe, [*changes, frozen, "model.head={name: linear, dropout: 0.3}"])


@pytest.fixture(scope="module")
def whole(recipe: Recipe, tiny_cohort: Cohort, stores: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(recipe, tiny_cohort, tmp_path_factory.mktemp("whole") / "run", stores=stores, device="cpu")


def kept(folder: Path, **settings: object) -> Kept:
    values = {"model": {"encoder": "test_resnet"}, "training": {"checkpoints": settings}}
    return Kept(folder, Recipe.model_validate(values).training, steps=10**6)


def add(of: Kept, scores: list[float], *, an_epoch: int) -> None:
    for number, score in enumerate(scores):
        model = nn.Linear(1, 1)
        of.add(model, number + 1, number // an_epoch + 1, {"auroc": score}, [score])


# --- which stay ---


def test_the_best_of_the_training(tmp_path: Path) -> None:
    add(kept(tmp_path, keep=3), [0.5, 0.9, 0.1, 0.7, 0.8, 0.2], an_epoch=3)
    found = checkpoints_of(tmp_path)
    assert [one.figures["auroc"] for one in found] == [0.9, 0.7, 0.8]
    assert sorted(path.name for path in (tmp_path / "checkpoints").glob("step*")) == [one.path.name for one in found]


def test_the_best_of_each_epoch_as_chexpert_s_ten_of_three(tmp_path: Path) -> None:
    scores = np.random.default_rng(0).random(60).tolist()
    add(kept(tmp_path, keep=10, of="epoch"), scores, an_epoch=20)
    found = checkpoints_of(tmp_path)
    assert len(found) == 30
    for epoch in (1, 2, 3):
        best = sorted(scores[20 * (epoch - 1) : 20 * epoch])[-10:]
        assert sorted(one.figures["auroc"] for one in found if one.epoch == epoch) == best


def test_none_when_none_are_asked_for(tmp_path: Path) -> None:
    add(kept(tmp_path), [0.5, 0.9], an_epoch=1)
    assert not list(tmp_path.iterdir())


def test_a_file_that_the_index_does_not_name_is_taken_away(tmp_path: Path) -> None:
    add(kept(tmp_path, keep=2), [0.5, 0.9], an_epoch=1)
    (tmp_path / "checkpoints" / "step-0000077.safetensors").write_bytes(b"of a training that was killed")
    kept(tmp_path, keep=2)
    assert len(list((tmp_path / "checkpoints").glob("step*"))) == 2


def test_a_damaged_index_is_refused(tmp_path: Path) -> None:
    add(kept(tmp_path, keep=2), [0.5, 0.9], an_epoch=1)
    (tmp_path / "checkpoints" / "index.json").write_text("[")
    with pytest.raises(RunError, match=r"index\.json"):
        kept(tmp_path, keep=2)


def test_a_full_disk_leaves_what_was_kept_whole(tmp_path: Path, full_disk: Callable[[int], Any]) -> None:
    own = kept(tmp_path, keep=2)
    add(own, [0.5, 0.9], an_epoch=1)
    with (
        full_disk(50),
        pytest.raises(DataError, match=r"step-0000077\.safetensors: cannot be written: the disk is full"),
    ):
        own.add(nn.Linear(1, 1), 77, 3, {"auroc": 0.99}, [0.99])
    found = checkpoints_of(tmp_path)
    assert [one.step for one in found] == [1, 2]
    assert all(sha256(one.path) == one.sha256 for one in found)


# --- in a training ---


def test_they_are_weights_of_the_run_s_model_with_the_figures_of_that_moment(whole: Run, tiny_cohort: Cohort) -> None:
    found = checkpoints_of(whole.folder)
    assert [(one.epoch, one.step) for one in found if one.epoch == 2] in (
        [(2, 9), (2, 12)],
        [(2, 9), (2, 15)],
        [(2, 12), (2, 15)],
    )
    assert [sum(one.epoch == epoch for one in found) for epoch in (1, 2, 3)] == [2, 2, 2]
    model = whole.model()
    for one in found:
        assert sha256(one.path) == one.sha256
        model.load_state_dict(load_file(one.path))
        assert set(one.figures) == {"auroc", "log_loss"}
    assert len({one.sha256 for one in found}) == 6


def test_they_change_nothing_of_what_is_learned(
    recipe: Recipe, tiny_cohort: Cohort, stores: Path, whole: Run, tmp_path: Path
) -> None:
    """Frozen parts stay frozen after the validation in between, and no random number is drawn by it."""
    without = with_overrides(recipe, ["training.checkpoints={keep: 0}"])
    plain = train(without, tiny_cohort, tmp_path / "run", stores=stores, device="cpu")
    assert (plain.folder / "weights.safetensors").read_bytes() == (whole.folder / "weights.safetensors").read_bytes()
    assert plain.log.loss.tolist() == pytest.approx(whole.log.loss.tolist(), rel=1e-6)


class Cut(Exception):
    """Stands for a kill."""


@pytest.mark.parametrize(
    ("place", "call"), [("save_last", 1), ("save_last", 2), ("save_last", 5), ("write_weights", 4)]
)
def test_cut_off_within_an_epoch_it_goes_on_from_the_last_checkpoint(
    recipe: Recipe,
    tiny_cohort: Cohort,
    stores: Path,
    whole: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    call: int,
) -> None:
    module = loop if place == "save_last" else keep
    original: Callable[..., object] = getattr(module, place)
    calls = 0

    def cut(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        result = original(*arguments)
        if calls == call:
            raise Cut
        return result

    with monkeypatch.context() as patch:
        patch.setattr(module, place, cut)
        with pytest.raises(Cut):
            train(recipe, tiny_cohort, tmp_path / "run", stores=stores, device="cpu")
    again = train(recipe, tiny_cohort, tmp_path / "run", stores=stores, device="cpu", resume=True)
    for name in ("weights.safetensors", "checkpoints/index.json"):
        assert (again.folder / name).read_bytes() == (whole.folder / name).read_bytes(), name
    assert again.log.loss.tolist() == whole.log.loss.tolist()
    assert again.log.step.tolist() == [8, 16, 24]


def test_at_the_end_of_each_epoch(tiny_recipe: Recipe, tiny_cohort: Cohort, stores: Path, tmp_path: Path) -> None:
    recipe = with_overrides(tiny_recipe, ["training.epochs=3", "training.checkpoints.keep=2"])
    run = train(recipe, tiny_cohort, tmp_path / "run", stores=stores, device="cpu")
    found = checkpoints_of(run.folder)
    best = run.log.sort_values(["val_auroc", "val_log_loss"], ascending=[False, True]).head(2)
    assert sorted(one.epoch for one in found) == sorted(best.epoch)
    top = next(one for one in found if one.epoch == run.provenance["weights"]["epoch"])
    assert top.sha256 == run.provenance["weights"]["sha256"]


def test_what_they_take_on_the_disk_is_said(recipe: Recipe, tmp_path: Path) -> None:
    model = nn.Linear(1000, 250, bias=False, dtype=torch.float32)  # 1 MB
    said = disk_use(recipe.training, model, tmp_path / "run")
    assert said == [f"At most 6 checkpoints of 1.0 MB, 6 MB in all, in {tmp_path / 'run' / 'checkpoints'}."]
    assert disk_use(with_overrides(recipe, ["training.checkpoints.keep=0"]).training, model, tmp_path) == []


def test_the_index_is_what_an_ensemble_reads(whole: Run) -> None:
    held = json.loads((whole.folder / "checkpoints" / "index.json").read_text())
    assert {"file", "sha256", "step", "epoch", "figures"} <= set(held["checkpoints"][0])
