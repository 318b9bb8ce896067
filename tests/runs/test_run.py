import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from hilum.runs import Run
from hilum.runs.run import NEEDED
from hilum.schema import Cohort, ConfigError, RunError


@pytest.fixture
def copy(tiny_run: Run, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_run.folder, tmp_path / "copy"))


def test_a_run_rebuilds_itself_from_its_folder_alone(copy: Path, tiny_run: Run) -> None:
    run = Run.open(str(copy))
    assert run.findings == tiny_run.findings
    assert run.preprocess == tiny_run.preprocess == run.recipe.preprocess
    assert run.task.findings == run.findings
    model = run.model()
    assert not model.training
    for own, other in zip(model.state_dict().values(), tiny_run.model().state_dict().values(), strict=True):
        assert torch.equal(own, other)


def test_no_file_of_a_run_is_a_pickle(copy: Path) -> None:
    kinds = {".json", ".jsonl", ".yaml", ".safetensors", ".parquet"}
    assert {path.suffix for path in copy.iterdir()} == kinds
    assert {path.name for path in copy.iterdir()} >= set(NEEDED)


def test_what_provenance_holds(tiny_run: Run, tiny_cohort: Cohort) -> None:
    held = tiny_run.provenance
    assert held["cohort"]["train"] + held["cohort"]["val"] == len(tiny_cohort)
    assert held["weights"]["epoch"] in tiny_run.log.epoch.tolist()
    assert held["epochs"] == len(tiny_run.log)
    assert held["seconds"] >= tiny_run.log.seconds.sum()
    assert {"seed", "versions", "machine", "seconds", "commit"} <= set(held)
    text = (tiny_run.folder / "provenance.json").read_text()
    assert not [name for name in tiny_cohort.images.image_id if f'"{name}' in text]


def test_the_log_has_a_line_an_epoch(tiny_run: Run) -> None:
    assert tiny_run.log.epoch.tolist() == [1, 2, 3, 4, 5, 6]
    assert {"loss", "val_log_loss", "val_auroc", "lr", "images_per_s", "seconds"} <= set(tiny_run.log)
    kept = tiny_run.log[tiny_run.log.best].iloc[-1]
    assert kept.epoch == tiny_run.provenance["weights"]["epoch"]
    assert kept.val_auroc == tiny_run.log.val_auroc.max() == tiny_run.provenance["weights"]["val_auroc"]


def test_the_split_goes_with_the_run(tiny_run: Run, tiny_cohort: Cohort) -> None:
    placed = tiny_run.with_split(tiny_cohort)
    held = tiny_run.provenance["cohort"]
    assert len(placed.split("val")) == held["val"]
    assert len(placed.split("train")) == held["train"]
    assert "80 of 80 images" in placed.notes[-1]


def test_images_that_came_later_are_test_images_only_of_patients_never_seen(tiny_run: Run, tiny_cohort: Cohort) -> None:
    side = tiny_run.with_split(tiny_cohort).images
    learned = side.patient_id[side.split == "train"].iloc[0]
    later = pd.DataFrame({"image_id": ["n1", "n2", "n3"], "patient_id": ["new", "new too", learned]})
    later["split"] = ["test", "train", "test"]
    images = pd.concat([tiny_cohort.images.assign(split=None), later], ignore_index=True)
    labels = pd.concat([tiny_cohort.labels, tiny_cohort.labels.head(3)], ignore_index=True)
    placed = tiny_run.with_split(Cohort(tiny_cohort.name, images, labels))
    assert placed.images.split.iloc[-3:].fillna("no side").tolist() == ["test", "no side", "no side"]
    assert placed.images.split.iloc[:-3].tolist() == side.split.tolist()
    assert "1 more are in the test split of the cohort" in placed.notes[-1]


def test_a_run_knows_a_cohort_by_name_and_images(tiny_run: Run, tiny_cohort: Cohort) -> None:
    strangers = Cohort(tiny_cohort.name, pd.DataFrame({"image_id": ["x"], "patient_id": ["y"]}))
    namesake = Cohort("others", tiny_cohort.images, tiny_cohort.labels)
    assert [tiny_run.knew(cohort) for cohort in (tiny_cohort, strangers, namesake)] == [True, False, False]


def test_a_cohort_of_strangers_has_no_side(tiny_run: Run) -> None:
    strangers = Cohort("others", pd.DataFrame({"image_id": ["x"], "patient_id": ["y"]}))
    with pytest.raises(RunError, match="names none of the images of cohort 'others'"):
        tiny_run.with_split(strangers)


def test_further_sheets(copy: Path) -> None:
    run = Run.open(copy)
    assert run.artifact("operating_points") is None
    run.save_artifact("operating_points", {"Mass": 0.25, "Nodule": np.float64(0.5)})
    assert Run.open(copy).artifact("operating_points") == {"Mass": 0.25, "Nodule": 0.5}
    with pytest.raises(ConfigError, match="every Run has"):
        run.save_artifact("provenance", {})


# --- what is refused ---


def test_no_folder_and_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such folder"):
        Run.open(tmp_path / "nothing")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(RunError, match="not a Run"):
        Run.open(tmp_path)


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(RunError, match="first epoch" if name == "weights.safetensors" else f"{name} missing"):
        Run.open(copy)


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"\xff\xfe\x00"])
def test_a_broken_file_is_named(copy: Path, name: str, content: bytes) -> None:
    (copy / name).write_bytes(content)
    with pytest.raises(RunError, match=str(copy)):
        Run.open(copy)


def test_one_changed_byte_of_the_weights_is_noticed(copy: Path) -> None:
    path = copy / "weights.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(RunError, match="sha256"):
        Run.open(copy)


def test_another_format_is_refused(copy: Path) -> None:
    path = copy / "provenance.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    with pytest.raises(RunError, match="format 99"):
        Run.open(copy)


@pytest.mark.parametrize(
    ("name", "content"),
    [("findings.json", '{"findings": ["Nodule", "Mass"]}'), ("preprocess.json", '{"size": 64, "channels": 1}')],
)
def test_sheets_that_contradict_the_recipe(copy: Path, name: str, content: str) -> None:
    (copy / name).write_text(content)
    with pytest.raises(RunError, match="contradicts"):
        Run.open(copy)


def test_a_setting_from_the_future_is_named(copy: Path) -> None:
    path = copy / "recipe.yaml"
    path.write_text(path.read_text() + "telepathy: 1\n")
    with pytest.raises(RunError, match="telepathy"):
        Run.open(copy)


def test_weights_of_another_model(copy: Path) -> None:
    text = (copy / "recipe.yaml").read_text()
    (copy / "recipe.yaml").write_text(text.replace("test_resnet", "test_convnext"))
    with pytest.raises(RunError, match=r"(?s)not the weights of this recipe's model.*encoder\.network\.stem"):
        Run.open(copy).model()
