from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hilum.runs import Recipe, Run
from hilum.runs.recipes import with_overrides
from hilum.schema import Cohort, ConfigError, DataError, RunError
from hilum.training import loop, train
from hilum.training.setting import Setting
from hilum.workflows import predict


@pytest.fixture
def stores(tiny_run: Run) -> Path:
    """Where the tiny cohort's store lies already."""
    return tiny_run.folder.parent / "stores"


def state(run: Run) -> dict[str, torch.Tensor]:
    return run.model().state_dict()


def test_the_same_training_gives_the_same_bytes_and_another_seed_others(
    tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path, stores: Path
) -> None:
    short = with_overrides(
        tiny_recipe, ["training.epochs=1", "model.head={name: linear, dropout: 0.3}", "augment.affine.degrees=5"]
    )
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    weights = [
        (train(recipe, tiny_cohort, tmp_path / str(number), stores=stores).folder / "weights.safetensors").read_bytes()
        for number, recipe in enumerate((short, short, with_overrides(short, ["training.seed=1"])))
    ]
    assert weights[0] == weights[1] != weights[2]
    assert torch.rand(1) == expected  # the caller's own random numbers went on as if nothing had been learned


def test_frozen_parts_stay_and_then_learn(
    tiny_recipe: Recipe, tiny_run: Run, tiny_cohort: Cohort, tmp_path: Path, stores: Path
) -> None:
    """Two phases: the head alone, from another Run's encoder; then all of it with another optimizer."""
    start = with_overrides(tiny_recipe, [f"model.pretrained={tiny_run.folder}"])
    frozen = with_overrides(start, ["training.phases=[{epochs: 1, frozen: [encoder]}]"])
    first = train(frozen, tiny_cohort, tmp_path / "first", stores=stores)
    before, after = state(tiny_run), state(first)
    assert all(torch.equal(before[name], after[name]) for name in before if name.startswith("encoder."))
    assert not torch.equal(before["head.layer.weight"], after["head.layer.weight"])
    assert "head" in first.provenance["model"]["notes"][-1]
    both = with_overrides(start, ["training.phases=[{epochs: 1, frozen: [encoder]}, {epochs: 1, optimizer: sgd}]"])
    second = train(both, tiny_cohort, tmp_path / "second", stores=stores)
    assert second.log.loss[0] == first.log.loss[0]
    assert second.log.epoch.tolist() == [1, 2]


def test_early_stopping(tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path, stores: Path) -> None:
    """With a rate that moves nothing the first epoch stays the best but for batch statistics; two more, and it ends."""
    recipe = with_overrides(tiny_recipe, ["training.early_stopping=2", "training.lr=1e-12", "training.epochs=9"])
    run = train(recipe, tiny_cohort, tmp_path / "run", stores=stores)
    assert len(run.log) == run.provenance["weights"]["epoch"] + 2 < 9


def test_the_kept_weights_are_the_moving_average_when_asked(
    tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path, stores: Path
) -> None:
    one = with_overrides(tiny_recipe, ["training.epochs=1"])
    plain = train(one, tiny_cohort, tmp_path / "plain", stores=stores)
    mean = train(with_overrides(one, ["training.ema_decay=0.9"]), tiny_cohort, tmp_path / "mean", stores=stores)
    assert plain.log.loss[0] == mean.log.loss[0]  # it learns the same
    assert not torch.equal(state(plain)["head.layer.weight"], state(mean)["head.layer.weight"])
    assert plain.log.val_log_loss[0] != mean.log.val_log_loss[0]  # and is judged by what is kept


def test_the_best_epoch_is_kept(tiny_run: Run) -> None:
    """By the monitored figure; the other one decides between equals."""
    log = tiny_run.log.sort_values(["val_auroc", "val_log_loss"], ascending=[False, True])
    assert tiny_run.provenance["weights"]["epoch"] == log.epoch.iloc[0]


def test_monitoring_the_loss(tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path, stores: Path) -> None:
    recipe = with_overrides(tiny_recipe, ["training.monitor=log_loss", "training.epochs=3"])
    run = train(recipe, tiny_cohort, tmp_path / "run", stores=stores)
    assert run.provenance["weights"]["val_log_loss"] == run.log.val_log_loss.min()


@pytest.mark.parametrize(
    "changes", [["training.precision=bf16"], ["training.gradient_clip=0.1"], ["preprocess.channels=3"]]
)
def test_other_ways_to_learn(
    tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path, stores: Path, changes: list[str]
) -> None:
    recipe = with_overrides(tiny_recipe, ["training.epochs=2", *changes])
    run = train(recipe, tiny_cohort, tmp_path / "run", stores=stores)
    assert run.log.loss[1] < run.log.loss[0]
    assert run.provenance["machine"]["precision"] == ("bf16" if "bf16" in changes[0] else "fp32")
    assert {tensor.dtype for tensor in state(run).values()} == {torch.float32, torch.int64}


def test_uncertain_and_missing_labels_are_neither_learnt_nor_measured(
    tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path, stores: Path
) -> None:
    labels = tiny_cohort.labels.copy()
    labels.iloc[::3, 0], labels.iloc[1::3, 1] = -1.0, np.nan
    doubtful = replace(tiny_cohort, labels=labels)
    recipe = with_overrides(tiny_recipe, ["training.epochs=1"])
    run = train(recipe, doubtful, tmp_path / "run", stores=stores)
    assert run.log[["loss", "val_log_loss", "val_auroc"]].notna().all(axis=None)


def test_divergence_is_said(tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path, stores: Path) -> None:
    wild = with_overrides(tiny_recipe, ["training.lr=1e20", "training.optimizer=sgd"])
    with pytest.raises(RunError, match=r"The loss of epoch \d is (nan|inf).*Lower training\.lr"):
        train(wild, tiny_cohort, tmp_path / "run", stores=stores)


# --- who is learned from ---


def test_the_owners_validation_side_is_used_and_test_images_are_not_looked_at(
    tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path
) -> None:
    sides = np.where(tiny_cohort.images.patient_id.astype(int) < 20, "train", "test")
    sides[tiny_cohort.images.patient_id.astype(int) < 8] = "val"
    images = tiny_cohort.images.assign(split=sides)
    images.loc[images.split == "test", "path"] = str(tmp_path / "gone.png")
    placed = replace(tiny_cohort, images=images)
    run = train(with_overrides(tiny_recipe, ["training.epochs=1"]), placed, tmp_path / "run")
    held = run.provenance["cohort"]
    assert (held["train"], held["val"]) == (24, 16)
    assert run.with_split(placed).images.split.tolist() == sides.tolist()


def test_no_patient_stands_on_both_sides(tiny_run: Run, tiny_cohort: Cohort) -> None:
    images = tiny_run.with_split(tiny_cohort).images
    assert images.groupby("patient_id").split.nunique().max() == 1


def test_views_are_filtered_when_asked_and_counted(
    tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path, stores: Path
) -> None:
    images = tiny_cohort.images.assign(view=["PA", "AP"] * 40)
    recipe = with_overrides(tiny_recipe, ["data.views=[PA]", "training.epochs=1"])
    run = train(recipe, replace(tiny_cohort, images=images), tmp_path / "run", stores=stores)
    assert "Views PA: 40 of 80 images kept." in run.provenance["cohort"]["notes"]


def test_images_that_cannot_be_read_are_counted(tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no image")
    images = tiny_cohort.images.copy()
    images.loc[[3, 9], "path"] = str(tmp_path / "broken.png")
    images.loc[5, "path"] = np.nan
    run = train(
        with_overrides(tiny_recipe, ["training.epochs=1"]), replace(tiny_cohort, images=images), tmp_path / "run"
    )
    held = run.provenance["cohort"]
    assert held["train"] + held["val"] == 77
    assert "Image file present: 79 of 80 images kept." in held["notes"]
    assert "2 images could not be read and are left out." in held["notes"]


@pytest.mark.parametrize(
    ("findings", "error", "message"),
    [
        (["Mass", "Edema"], None, "No training image has Edema"),
        (["Edema", "Hernia"], DataError, "No training image has any of the findings Edema, Hernia"),
    ],
)
def test_findings_that_the_cohort_does_not_know(
    tiny_recipe: Recipe,
    tiny_cohort: Cohort,
    tmp_path: Path,
    stores: Path,
    findings: list[str],
    error: type[Exception] | None,
    message: str,
) -> None:
    recipe = with_overrides(tiny_recipe, [f"findings={findings}", "training.epochs=1"])
    if error is not None:
        with pytest.raises(error, match=message):
            train(recipe, tiny_cohort, tmp_path / "run", stores=stores)
        return
    run = train(recipe, tiny_cohort, tmp_path / "run", stores=stores)
    assert any(message in note for note in run.provenance["cohort"]["notes"])


def test_nothing_to_validate_on_is_refused_before_learning(
    tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path, stores: Path
) -> None:
    labels = tiny_cohort.labels.copy()
    val = tiny_cohort.images.patient_id.astype(int) < 4
    labels.loc[val] = 0.0
    images = tiny_cohort.images.assign(split=np.where(val, "val", "train"))
    with pytest.raises(ConfigError, match="No finding is both present and absent among the validation images"):
        train(tiny_recipe, replace(tiny_cohort, images=images, labels=labels), tmp_path / "run", stores=stores)


def test_wrong_augmentations_are_refused_before_any_work(
    tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"augment\.affine\.degree"):
        train(with_overrides(tiny_recipe, ["augment.affine.degree=5"]), tiny_cohort, tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_another_folder_is_not_written_into(tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RunError, match="not empty, and no Run"):
        train(tiny_recipe, tiny_cohort, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_network_learns_in_the_layout_that_the_recipe_names(
    tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path, stores: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layouts = []

    def spy(setting: Setting, model: torch.nn.Module) -> dict[str, float]:
        weight = next(weight for weight in model.parameters() if weight.ndim == 4 and weight.shape[1] > 1)
        layouts.append(weight.is_contiguous(memory_format=torch.channels_last))
        return validate(setting, model)

    validate = loop.validate
    monkeypatch.setattr(loop, "validate", spy)
    for number, channels_last in enumerate(("true", "false")):
        recipe = with_overrides(tiny_recipe, ["training.epochs=1", f"training.channels_last={channels_last}"])
        train(recipe, tiny_cohort, tmp_path / str(number), stores=stores)
    assert layouts == [True, False]


def test_what_is_logged_is_what_predict_gives_also_after_learning_in_bf16(
    tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path, stores: Path
) -> None:
    recipe = with_overrides(tiny_recipe, ["training.precision=bf16", "training.epochs=1"])
    run = train(recipe, tiny_cohort, tmp_path / "run", stores=stores)
    val = run.with_split(tiny_cohort).split("val")
    told = torch.tensor(predict(run, val, workers=0).probabilities)
    expected = torch.nn.functional.binary_cross_entropy(told, torch.tensor(val.labels.to_numpy(np.float64)))
    assert run.log.val_log_loss[0] == pytest.approx(float(expected), rel=1e-5)
