"""A report's rows on drawn chests: cut off and gone on with, a row that fails, rows together."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.cli.conftest import Hilum
from tests.cli.conftest import hilum as hilum

from hilum.evaluation.reproduction import load_reproduction
from hilum.runs import Run
from hilum.schema import ConfigError, DataError
from hilum.training import train
from hilum.workflows.reproduce import PAGE, reproduce
from hilum.workflows.reproduce_scale import Scale

REPORT = """
title: A report of ours
source: nobody, nowhere
dataset: nih14
differs: [split]
tables:
- title: Sizes
  images: a part of its own
  rows:
  - name: small
    title: Small images
    recipe: phantom-small
    set: [preprocess.size=32]
    differs: nothing
    printed: {auroc: {macro: 0.71, Effusion: 0.8}, log_loss: {macro: 0.2}}
  - name: large
    title: Large images
    recipe: phantom-small
    differs: the size
  - name: broken
    title: Weights that are nowhere
    recipe: phantom-small
    set: [model.pretrained=nowhere.pth]
    differs: the weights
  - name: both
    title: Both together
    members: [small, large]
    differs: nothing
  - name: later
    title: A later one
    not_yet: Nobody has written it.
    differs: nothing
- title: Again
  images: the same
  rows:
  - {name: small-again, title: Small images once more, recipe: phantom-small, set: [preprocess.size=32], differs: none}
  - name: small-abnormal
    title: On abnormal images
    recipe: phantom-small
    set: [preprocess.size=32]
    images: [keep=abnormal]
    differs: the images
"""
SCALE = Scale(share=0.6, epochs=1, size=48, settings=("training.precision=fp32",))


class Cut(BaseException):
    """Stands for a kill: nothing catches it."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "ours.yaml"
    path.write_text(REPORT, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def made(report: Path, phantoms: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything, after a kill in the second row."""
    out = tmp_path_factory.mktemp("reproduced") / "out"
    calls: list[str] = []

    def until_the_second(recipe: Any, cohort: Any, folder: Path, **how: Any) -> Run:
        calls.append(folder.name)
        if len(calls) == 2:
            raise Cut
        return train(recipe, cohort, folder, **how)

    with pytest.raises(Cut):
        go(report, phantoms, out, train=until_the_second)
    assert (out / PAGE).is_file()
    said: list[str] = []
    go(report, phantoms, out, train=counted(calls), say=said.append)
    assert said[0] == "1 of 6 rows are there already."
    assert "about" in "".join(said)
    assert len([name for name in calls if name == calls[0]]) == 3  # rows of the second table find their Run finished
    return out


def go(report: Path, phantoms: Path, out: Path, **how: Any) -> Any:
    words = {"train": train, "scale": SCALE, "replicates": 20, "say": lambda text: None} | how
    return reproduce(report, phantoms, out, **words)


def counted(calls: list[str]) -> Callable[..., Run]:
    def counting(recipe: Any, cohort: Any, folder: Path, **how: Any) -> Run:
        calls.append(folder.name)
        return train(recipe, cohort, folder, **how)

    return counting


def held(out: Path, row: str) -> Any:
    return json.loads((out / "rows" / row / "outcome.json").read_text(encoding="utf-8"))


def test_a_row_that_fails_is_kept_with_its_reason_and_the_others_go_on(made: Path) -> None:
    assert "nowhere.pth does not exist" in held(made, "broken")["failure"]
    assert not held(made, "both")["failure"]
    page = (made / PAGE).read_text(encoding="utf-8")
    assert "Failed: model.pretrained: nowhere.pth" in page
    assert "Not there yet. Nobody has written it." in page
    assert "5 of 7" in page


def test_the_page_says_how_much_was_made_and_which_images(made: Path) -> None:
    page = (made / PAGE).read_text(encoding="utf-8")
    assert "60 % of the training patients, drawn by patient with seed 0" in page
    assert "no phase of training is longer than 1" in page
    assert "training.precision=fp32" in page
    assert "no test set of published figures" in page
    assert "0.71" in page
    assert "together" in page


def test_rows_that_are_trained_alike_share_a_run_and_give_the_same(made: Path) -> None:
    assert len(list((made / "runs").glob("phantom-small-*"))) == 2
    first, again = (made / "rows" / name / "predictions.parquet" for name in ("small", "small-again"))
    from hilum.schema import Predictions

    assert Predictions.load(first).table.equals(Predictions.load(again).table)


def test_a_row_on_abnormal_images_alone_is_the_same_run_on_fewer(made: Path, phantoms: Path) -> None:
    from hilum.datasets import datasets
    from hilum.schema import Predictions

    every, some = (
        Predictions.load(made / "rows" / name / "predictions.parquet").table for name in ("small", "small-abnormal")
    )
    cohort = datasets["nih14"](phantoms)
    sick = set(cohort.images.image_id[(cohort.labels == 1).any(axis=1)])
    assert 0 < len(some) < len(every)
    expected = every[every.image_id.isin(sick)].reset_index(drop=True)
    pd.testing.assert_frame_equal(some.reset_index(drop=True), expected, rtol=1e-5)  # batches of another size round
    told = json.loads((made / "rows" / "small-abnormal" / "evaluation.json").read_text(encoding="utf-8"))
    assert any("With a finding of any kind" in note for note in told["provenance"]["notes"])


def test_training_patients_are_a_part_and_test_images_are_all(made: Path, phantoms: Path) -> None:
    from hilum.datasets import datasets

    whole = datasets["nih14"](phantoms).images
    run = Run.open(next((made / "runs").glob("phantom-small-*")))
    learning = whole[whole.split == "train"].patient_id.nunique()
    kept = whole.patient_id[whole.image_id.isin(run.split.index[run.split != "test"])].nunique()
    assert kept == pytest.approx(0.6 * learning, abs=4)
    assert (run.split == "test").sum() == (whole.split == "test").sum()


def test_a_second_time_only_the_row_that_failed_is_tried(made: Path, report: Path, phantoms: Path) -> None:
    calls: list[str] = []
    before = held(made, "small")
    go(report, phantoms, made, train=counted(calls))
    assert len(calls) == 1
    assert held(made, "small") == before


def test_with_everything_there_only_the_page_is_written(made: Path, report: Path, phantoms: Path) -> None:
    (made / PAGE).unlink()
    go(report, phantoms, made, rows=["both"], train=None)
    assert "Small images" in (made / PAGE).read_text(encoding="utf-8")


@pytest.mark.parametrize("scale", [Scale(share=0.5, epochs=1, size=32), Scale()])
def test_another_scale_is_refused_in_the_same_folder(made: Path, report: Path, phantoms: Path, scale: Scale) -> None:
    with pytest.raises(ConfigError, match="begun with 'A report of ours'"):
        go(report, phantoms, made, scale=scale)


def test_a_filter_that_is_none_is_refused(report: Path, phantoms: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(report.read_text(encoding="utf-8").replace("keep=abnormal", "keeps=abnormal"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"row small-abnormal, images: .*Nearest: keep"):
        go(wrong, phantoms, tmp_path / "out")


def test_what_is_wrong_is_refused_before_any_work(report: Path, phantoms: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"There is no row 'smal' here\. Nearest: small"):
        go(report, phantoms, tmp_path / "out", rows=["smal"])
    with pytest.raises(ConfigError, match="there is no such setting"):
        go(report, phantoms, tmp_path / "out", scale=Scale(settings=("training.batchsize=3",)))
    with pytest.raises(ConfigError, match=r"model\.pretraned: there is no such setting"):
        go(report, phantoms, tmp_path / "out", scale=Scale(settings=("model.pretraned=none",)))
    with pytest.raises(DataError, match="no such folder"):
        go(report, tmp_path / "nowhere", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_damaged_outcome_is_made_again(made: Path, report: Path, phantoms: Path) -> None:
    path = made / "rows" / "large" / "outcome.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:40])
    outcomes = go(report, phantoms, made, rows=["large"])
    assert outcomes["large"].evaluation is not None


def test_from_the_command_line(hilum: Hilum, report: Path, phantoms: Path, tmp_path: Path) -> None:
    words = ("--root", phantoms, "-o", tmp_path / "out", "--epochs", 1, "--size", 32, "--rows", "small")
    said = hilum("reproduce", report, *words, "--replicates", 20)
    assert said.code == 0, said.err
    assert "1 of 7 rows measured" in said.out
    assert hilum("reproduce", "report4", *words).code == 2


def test_a_setting_of_models_that_some_rows_have_not_is_of_the_others() -> None:
    rows = {row.name: row for row in load_reproduction("report1").rows}
    scale = Scale(settings=("model.pretrained=none", "training.batch_size=4"))
    scale.check(rows.values())
    assert scale.recipe(rows["resnet50"]).model["pretrained"] == "none"
    assert "pretrained" not in scale.recipe(rows["history"]).model
    assert scale.recipe(rows["history"]).training.batch_size == 4
