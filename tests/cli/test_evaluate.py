"""`hilum evaluate` on what others and Runs without images predict."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import Hilum

from hilum.datasets import datasets
from hilum.runs import load_recipe
from hilum.schema import Cohort, Evaluation
from hilum.training import train
from hilum.workflows import predict


@pytest.fixture(scope="module")
def cohort(phantoms: Path) -> Cohort:
    return datasets["nih14"](phantoms)


@pytest.fixture
def theirs(cohort: Cohort, tmp_path: Path) -> Path:
    """Another team's CSV: every image called half-likely to show everything, but one that surely does."""
    table = cohort.labels.clip(lower=0).fillna(0) * 0.0 + 0.5
    table.iloc[0] = 1.0
    table.add_prefix("p_").assign(image_id=cohort.images.image_id).to_csv(tmp_path / "theirs.csv", index=False)
    return tmp_path / "theirs.csv"


def test_anyones_csv_gets_subgroups_notes_and_pictures(
    hilum: Hilum, phantoms: Path, cohort: Cohort, theirs: Path, tmp_path: Path
) -> None:
    words = ("evaluate", theirs, "nih14", phantoms, "--prefix", "p_", "--replicates", 20, "-o", tmp_path / "ev")
    said = hilum(*words)
    assert said.code == 0, said.err
    assert "in the cohort's train split" in said.out
    held = set(Evaluation.load(tmp_path / "ev" / "evaluation.json").rows.subgroup)
    assert {"all", "sex=F", "sex=M", "view=AP", "view=PA"} <= held
    page = (tmp_path / "ev" / "report.html").read_text(encoding="utf-8")
    assert f"Chest radiograph {cohort.images.image_id[0]}" in page  # the worst error, as a picture
    assert hilum(*words, "--subgroup", "none").code == 0
    assert set(Evaluation.load(tmp_path / "ev" / "evaluation.json").rows.subgroup) == {"all"}


def test_only_the_images_that_were_asked_for(
    hilum: Hilum, phantoms: Path, cohort: Cohort, theirs: Path, tmp_path: Path
) -> None:
    abnormal = int((cohort.labels == 1).any(axis=1).sum())
    asked = ("--prefix", "p_", "--replicates", 20, "--images", "keep=abnormal")
    said = hilum("evaluate", theirs, "nih14", phantoms, *asked, "--subgroup", "none", "-o", tmp_path / "ev")
    assert said.code == 0, said.err
    assert f"With a finding of any kind: {abnormal} of {len(cohort)} images kept." in said.out
    left = f"{len(cohort) - abnormal} predicted images are not among those that were asked for"
    assert left in said.out
    held = Evaluation.load(tmp_path / "ev" / "evaluation.json")
    assert held.provenance["images"] == abnormal < len(cohort)
    assert held.provenance["left_out"]["predictions_not_in_cohort"] == 0
    page = (tmp_path / "ev" / "report.html").read_text(encoding="utf-8")
    assert f"{abnormal} images of nih14, keep abnormal" in page
    shutil.copy(theirs, tmp_path / "again.csv")
    words = ("compare", theirs, tmp_path / "again.csv", "--dataset", "nih14", "--root", phantoms, "-o", tmp_path / "c")
    assert hilum(*words, *asked, "--metric", "auroc").code == 0
    page = (tmp_path / "c" / "comparison.html").read_text(encoding="utf-8")
    assert f"With a finding of any kind: {abnormal} of {len(cohort)} images kept." in page
    said = hilum(*words, "--images", "leave_out=quality_lo")
    assert said.code == 2
    assert "has no flag 'quality_lo'" in said.err


def test_a_run_without_images_has_no_heatmaps(hilum: Hilum, phantoms: Path, cohort: Cohort, tmp_path: Path) -> None:
    recipe = load_recipe("nih14-history-mlp", ["training.phases=[{epochs: 2}]", "model.hidden=[8]"])
    run = train(recipe, cohort, tmp_path / "run")
    predict(run, cohort).save(tmp_path / "told.parquet")
    said = hilum("evaluate", tmp_path / "told.parquet", "nih14", phantoms, "-o", tmp_path / "ev", "--replicates", 20)
    assert said.code == 0, said.err
    page = (tmp_path / "ev" / "report.html").read_text(encoding="utf-8")
    assert 'id="learning"' in page
    assert 'id="examples"' not in page
    image = cohort.images.path[0]
    said = hilum("explain", tmp_path / "run", image, "-o", tmp_path / "map.png")
    assert said.code == 2
    assert "looks at no image" in said.err
    shutil.copytree(tmp_path / "run", tmp_path / "twin")
    words = ("compare", tmp_path / "run", tmp_path / "twin", "--dataset", "nih14", "--root", phantoms)
    options = ("--replicates", 20, "--metric", "auroc", "-o", tmp_path / "both")
    for split, warned in (("val", 2), ("test", 0)):
        said = hilum(*words, *options, "--split", split)
        assert said.code == 0, said.err
        assert said.out.count("its figures here are too good") == warned
    (tmp_path / "twin" / "split.parquet").unlink()
    said = hilum(*words, *options, "--split", "test")
    assert said.code == 0, said.err
    assert "twin: " in said.out
    assert "nobody knows which images the Run learned from" in said.out
    assert hilum("read", tmp_path / "run", image, "-o", tmp_path / "reading.json").code == 2


def test_image_and_history_in_one_run_go_the_whole_way(
    hilum: Hilum, phantoms: Path, cohort: Cohort, tmp_path: Path
) -> None:
    words = [
        "model.encoder=test_resnet",
        "preprocess.size=32",
        "training.phases=[{epochs: 1}]",
        "training.precision=fp32",
    ]
    settings = [word for setting in words for word in ("--set", setting)]
    run, told = tmp_path / "run", tmp_path / "told.parquet"
    assert hilum("train", "nih14-history-joint", "--root", phantoms, "--out", run, *settings).code == 0
    assert hilum("predict", run, "nih14", phantoms, "--split", "test", "-o", told).code == 0
    said = hilum("evaluate", told, "nih14", phantoms, "--split", "test", "-o", tmp_path / "ev", "--replicates", 20)
    assert said.code == 0, said.err
    assert 'id="examples"' in (tmp_path / "ev" / "report.html").read_text(encoding="utf-8")
    assert hilum("calibrate", run, "nih14", phantoms).code == 0
    said = hilum("read", run, cohort.images.path[0], "-o", tmp_path / "reading.html")
    assert said.code == 0, said.err
    assert "Read from the image alone: of demographics, history" in said.out
    assert "Read from the image alone" in (tmp_path / "reading.html").read_text(encoding="utf-8")


def test_scores_that_are_no_probabilities_are_ranked_when_asked_by_name(
    hilum: Hilum, phantoms: Path, cohort: Cohort, tmp_path: Path
) -> None:
    table = cohort.labels.clip(lower=0).fillna(0) * 3.0 + np.random.default_rng(0).normal(size=cohort.labels.shape)
    table.assign(image_id=cohort.images.image_id).to_csv(tmp_path / "logits.csv", index=False)
    words = ("evaluate", tmp_path / "logits.csv", "nih14", phantoms, "--replicates", 5, "-o", tmp_path / "ev")
    said = hilum(*words)
    assert said.code == 2
    assert "--metric auroc" in said.err
    assert hilum(*words, "--metric", "auroc", "--metric", "recall").code == 2
    said = hilum(*words, "--metric", "auroc")
    assert said.code == 0, said.err
    found = Evaluation.load(tmp_path / "ev" / "evaluation.json")
    assert set(found.rows.metric) == {"auroc"}
    assert set(found.curves["Effusion"]) == {"roc", "precision_recall"}
    assert found.value("auroc") > 0.9
    both = (tmp_path / "ev", tmp_path / "logits.csv", "--dataset", "nih14", "--root", phantoms, "-o", tmp_path / "both")
    assert hilum("compare", *both, "--metric", "auroc", "--replicates", 5).code == 0
    said = hilum("compare", *both, "--metric", "recall", "--replicates", 5)
    assert said.code == 2
