"""What holds for every hook, and what TensorBoard and MLflow read back."""

import os
import sys
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from hilum.runs import Recipe
from hilum.runs.save import save_setup
from hilum.schema import Cohort, ConfigError, DependencyError
from hilum.training.hook import Plan
from hilum.training.registries import hooks
from hilum.training.state import TrainState

RECORD = {"epoch": 1, "loss": 0.5, "val_auroc": 0.875, "best": True, "images_per_s": 1234.5, "seconds": 8.2}


@pytest.fixture
def folder(tmp_path: Path, tiny_recipe: Recipe, tiny_cohort: Cohort, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Run that has just begun, and a place for what a server would keep."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "server").as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    cohort = Cohort("tiny", tiny_cohort.images.assign(split="train"), tiny_cohort.labels)
    save_setup(tmp_path / "run", tiny_recipe, cohort, None)
    return tmp_path / "run"


def watch(name: str, folder: Path, epochs: range) -> None:
    """A training of these epochs, as the loop tells of it."""
    state = TrainState(epoch=epochs.start - 1)
    hook = hooks[name](folder, state, Plan(epochs=3, images=100))
    for epoch in epochs:
        hook.step(state, 8)
        state.epoch = epoch
        hook.epoch(state, RECORD | {"epoch": epoch, "loss": 1 / epoch})
    hook.close()


@pytest.mark.parametrize("name", list(hooks))
def test_each_takes_steps_epochs_and_the_end_and_goes_on_later(name: str, folder: Path) -> None:
    watch(name, folder, range(1, 3))
    watch(name, folder, range(3, 4))


def test_the_contract_found_hooks() -> None:
    assert {"console", "jsonl", "mlflow", "tensorboard"} <= set(hooks)


def test_tensorboard_shows_each_epoch_once_also_after_a_pause(folder: Path) -> None:
    watch("tensorboard", folder, range(1, 4))  # the third is cut off before it is kept, and made again
    watch("tensorboard", folder, range(3, 4))
    read = EventAccumulator(str(folder / "tensorboard"))
    read.Reload()
    assert {"loss", "val_auroc", "best"} <= set(read.Tags()["scalars"])
    points = read.Scalars("loss")
    assert [(point.step, round(point.value, 4)) for point in points] == [(1, 1.0), (2, 0.5), (3, 0.3333)]


def test_mlflow_shows_recipe_and_epochs_as_one_run_also_after_a_pause(folder: Path) -> None:
    watch("mlflow", folder, range(1, 3))
    watch("mlflow", folder, range(3, 4))
    client = MlflowClient(os.environ["MLFLOW_TRACKING_URI"])
    experiment = client.get_experiment_by_name("hilum")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.run_name == "run"
    assert run.info.status == "FINISHED"
    assert run.data.params["training.phases.0.epochs"] == "6"
    assert run.data.params["model.encoder"] == "test_resnet"
    points = client.get_metric_history(run.info.run_id, "loss")
    assert [(point.step, round(point.value, 4)) for point in points] == [(1, 1.0), (2, 0.5), (3, 0.3333)]


def test_mlflow_without_an_address_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    with pytest.raises(ConfigError, match=r"MLFLOW_TRACKING_URI.*localhost:5000"):
        watch("mlflow", folder, range(1, 2))


@pytest.mark.parametrize(("name", "module"), [("tensorboard", "tensorboard"), ("mlflow", "mlflow.tracking")])
def test_without_its_package_the_command_that_installs_it_is_named(
    name: str, module: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DependencyError, match=r"pip install 'hilum\[track\]'"):
        watch(name, folder, range(1, 2))
