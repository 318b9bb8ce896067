"""Calibrate, compare, fuse and features from the command line, on drawn images and made-up probabilities."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import Hilum

from hilum.datasets import datasets
from hilum.runs import Run
from hilum.schema import Features, Predictions


@pytest.fixture
def two_readers(phantoms: Path, tmp_path: Path) -> list[Path]:
    """A good reader and a poor one of the phantoms, as CSV files of another team, with a prefix."""
    cohort = datasets["nih14"](phantoms)
    generator = np.random.default_rng(0)
    paths = []
    for name, noise in (("good", 0.8), ("poor", 3.0)):
        score = 1 / (
            1 + np.exp(-(2 * cohort.labels.to_numpy() - 1 + noise * generator.normal(size=cohort.labels.shape)))
        )
        table = pd.DataFrame(score, columns=[f"p_{finding}" for finding in cohort.findings])
        table.insert(0, "image_id", cohort.images.image_id)
        paths.append(tmp_path / f"{name}.csv")
        table.to_csv(paths[-1], index=False)
    return paths


def test_compare_puts_the_better_reader_ahead(
    hilum: Hilum, phantoms: Path, two_readers: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "comparison"
    said = hilum("compare", *two_readers, "--dataset", "nih14", "--root", phantoms, "-o", out, "--prefix", "p_",
                 "--metric", "auroc", "--replicates", 50)  # fmt: skip
    assert said.code == 0, said.err
    table = pd.read_csv(out / "comparison.csv").query("finding == 'macro'").set_index("model")
    assert table.value["good"] > table.value["poor"]
    assert table.difference_high["poor"] < 0
    assert "poor" in (out / "comparison.html").read_text(encoding="utf-8")
    words = ("--dataset", "nih14", "--root", phantoms, "-o", out, "--prefix", "p_", "--replicates", 5)
    assert "good                     lrap 0." in hilum("compare", *two_readers, *words, "--metric", "lrap").out
    said = hilum("compare", *two_readers, *words, "--metric", "auroc", "--test", "delong")
    assert said.code == 0
    assert "nan" not in said.out


def test_fuse_joins_and_needs_both_of_dataset_and_root(
    hilum: Hilum, phantoms: Path, two_readers: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "fused.parquet"
    assert hilum("fuse", *two_readers, "--prefix", "p_", "-o", out).code == 0
    fused, good = Predictions.load(out), Predictions.load(two_readers[0], prefix="p_")
    assert list(fused.table.image_id) == list(good.table.image_id)
    assert not np.allclose(fused.probabilities, good.probabilities)
    assert hilum("fuse", *two_readers, "--prefix", "p_", "-o", out, "--dataset", "nih14").code == 2


def test_stack_learns_from_earlier_errors_when_asked(
    hilum: Hilum, phantoms: Path, two_readers: list[Path], tmp_path: Path
) -> None:
    words = ("fuse", *two_readers, "--prefix", "p_", "--dataset", "nih14", "--root", phantoms, "--method", "stack")
    assert hilum(*words, "-o", tmp_path / "without.parquet").code == 0
    assert hilum(*words, "--earlier-errors", "-o", tmp_path / "with.parquet").code == 0
    without, told = (Predictions.load(tmp_path / f"{name}.parquet") for name in ("without", "with"))
    assert not np.allclose(without.probabilities, told.probabilities)
    assert hilum("fuse", *two_readers, "--prefix", "p_", "--earlier-errors", "-o", tmp_path / "x.parquet").code == 2


def test_a_table_is_calibrated_and_judged_at_its_own_points(
    hilum: Hilum, phantoms: Path, two_readers: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "cut.parquet"
    words = ("calibrate", two_readers[0], "nih14", phantoms, "--prefix", "p_", "-o", out)
    said = hilum(*words, "--split", "test", "--point", "fixed_sensitivity", "--set", "sensitivity=0.9")
    assert said.code == 0, said.err
    cut = Predictions.load(out)
    fitted = set(datasets["nih14"](phantoms).split("test").images.image_id)
    assert not fitted & set(cut.table.image_id)
    assert len(cut) == 48 - len(fitted)
    said = hilum("evaluate", out, "nih14", phantoms, "--metric", "recall", "--replicates", 5, "-o", tmp_path / "ev",
                 "--subgroup", "none")  # fmt: skip
    assert said.code == 0, said.err
    held = json.loads((tmp_path / "ev" / "evaluation.json").read_text(encoding="utf-8"))
    assert held["provenance"]["threshold"] == cut.provenance["operating_points"]["thresholds"]
    said = hilum(*words, "--folds", 3, "--method", "temperature")
    assert said.code == 0, said.err
    assert len(Predictions.load(out)) == 48
    assert len(Predictions.load(out).provenance["operating_points"]["thresholds"]) == 3


def test_a_table_is_not_fitted_on_what_it_is_scored_on(
    hilum: Hilum, phantoms: Path, two_readers: list[Path], tmp_path: Path
) -> None:
    words = ("calibrate", two_readers[0], "nih14", phantoms, "--prefix", "p_", "-o", tmp_path / "cut.parquet")
    for more, why in (
        (("--split", "all"), "none is left to be scored"),
        (("--split", "all", "--apply", two_readers[1]), "stand both among"),
        (("--apply", two_readers[1], "--folds", 3), "Expected one of them"),
        (("-o", tmp_path / "cut.csv"), "Expected .parquet"),
    ):
        said = hilum(*words, *more)
        assert said.code == 2
        assert why in said.err, said.err
    assert hilum(*words[:-2]).code == 2


def test_thresholds_metrics_and_intervals_from_the_command_line(
    hilum: Hilum, phantoms: Path, two_readers: list[Path], tmp_path: Path
) -> None:
    words = ("--prefix", "p_", "--replicates", 5, "-o", tmp_path / "out", "--metric", "recall", "--metric", "auroc")
    evaluate = ("evaluate", two_readers[0], "nih14", phantoms, *words, "--subgroup", "none")
    said = hilum(*evaluate, "--threshold", 0.3, "--interval", "bca")
    assert said.code == 0, said.err
    assert "Recall (sensitivity)" in said.out
    held = json.loads((tmp_path / "out" / "evaluation.json").read_text(encoding="utf-8"))
    assert (held["provenance"]["threshold"], held["provenance"]["interval"]) == (0.3, "bca")
    assert {row["metric"] for row in held["rows"]} == {"recall", "auroc"}
    points = tmp_path / "points.json"
    points.write_text(json.dumps(dict.fromkeys(datasets["nih14"](phantoms).findings, 0.4)))
    compare = ("compare", *two_readers, "--dataset", "nih14", "--root", phantoms, *words)
    more = ("--reference", "poor", "--correction", "benjamini_hochberg", "--seed", 3, "--interval", "percentile")
    said = hilum(*compare, "--threshold", points, *more)
    assert said.code == 0, said.err
    held = json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8"))["provenance"]
    assert (held["reference"], held["correction"], held["seed"]) == ("poor", "benjamini_hochberg", 3)
    assert set(held["threshold"]["good"].values()) == {0.4}
    for wrong, why in (
        ("Effusion=0.3", "No threshold for"),
        ("half", "no number"),
        (tmp_path / "x.json", "no operating"),
    ):
        said = hilum(*evaluate, "--threshold", wrong)
        assert (said.code, why in said.err) == (2, True), said.err


def test_a_reader_is_compared_at_the_readers_own_point(
    hilum: Hilum, phantoms: Path, two_readers: list[Path], tmp_path: Path
) -> None:
    table = pd.read_csv(two_readers[1])
    (table.set_index("image_id") > 0.5).astype(int).reset_index().to_csv(tmp_path / "reader.csv", index=False)
    words = ("--dataset", "nih14", "--root", phantoms, "-o", tmp_path / "out", "--prefix", "p_", "--replicates", 20)
    said = hilum("compare", two_readers[0], tmp_path / "reader.csv", *words)
    assert said.code == 0, said.err
    assert "recall at reader's specificity: reader" in said.out
    assert "reader                   auroc" not in said.out
    assert {"recall", "specificity"} == set(pd.read_csv(tmp_path / "out" / "readers.csv").side)
    said = hilum("evaluate", tmp_path / "reader.csv", "nih14", phantoms, "--prefix", "p_", "-o", tmp_path / "ev",
                 "--replicates", 5)  # fmt: skip
    assert said.code == 0, said.err
    assert "Specificity" in said.out
    assert "AUROC" not in said.out.replace("no AUROC", "")


def test_features_writes_a_row_a_image(hilum: Hilum, phantoms: Path, tmp_path: Path) -> None:
    said = hilum("features", "nih14", phantoms, "-o", tmp_path / "features.parquet")
    assert said.code == 0, said.err
    found = Features.load(tmp_path / "features.parquet")
    assert len(found) == 48
    assert len(found.names) > 10


def test_features_without_any_value_are_named(hilum: Hilum, tmp_path: Path) -> None:
    (tmp_path / "images.csv").write_text("path,patient_id,Mass\na.png,p,1\nb.png,p,0\n")
    (tmp_path / "table.yaml").write_text(
        "name: bare\ntable: images.csv\ncolumns: {path: path, patient_id: patient_id}\nfindings: {Mass: Mass}\n"
        "labels: {present: ['1'], absent: ['0']}\n"
    )
    said = hilum("features", "table", tmp_path, "-o", tmp_path / "features.parquet", "--set", "history")
    assert said.code == 0, said.err
    assert "Without any value: visits" in said.err


def test_features_take_settings(hilum: Hilum, phantoms: Path, tmp_path: Path) -> None:
    out = tmp_path / "features.parquet"
    words = ("--set", "demographics.age=buckets", "--set", "history.vectors=[count]", "--set", "history.multiplier=2")
    assert hilum("features", "nih14", phantoms, "-o", out, *words).code == 0
    names = Features.load(out).names
    assert "age_40" in names
    assert "age_years" not in names
    assert [name for name in names if "_" in name and name.startswith("last")] == []
    for wrong in ("history.vectors=[", "history.multiplyer=2", "histori", "history.multiplier", "history=2"):
        said = hilum("features", "nih14", phantoms, "-o", out, "--set", wrong)
        assert said.code == 2
        assert said.err.startswith("Error: ")


def test_calibrate_keeps_points_that_read_then_states(
    hilum: Hilum, phantoms: Path, two_readers: list[Path], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    quick = ("model.encoder=resnet10t", "preprocess.size=64", "training.phases=[{epochs: 1}]", "data.val_fraction=0.4")
    words = [word for setting in quick for word in ("--set", setting)]
    assert hilum("train", "phantom-small", "--root", phantoms, "--out", run, *words).code == 0
    point = ("--point", "fixed_sensitivity", "--set", "sensitivity=0.9")
    said = hilum("calibrate", run, "nih14", phantoms, *point)
    assert said.code == 0, said.err
    held = Run.open(run).artifact("operating_points")
    assert held["rule"] == "fixed_sensitivity"
    assert all(one["sensitivity"] >= 0.9 for one in held["points"] if one["fitted"])
    image = sorted((phantoms / "images_001" / "images").glob("*.png"))[0]
    assert hilum("read", run, image, "-o", tmp_path / "reading.json").code == 0
    reading = json.loads((tmp_path / "reading.json").read_text(encoding="utf-8"))
    assert reading["operating_points"] == {one["finding"]: one["threshold"] for one in held["points"]}
    assert hilum("calibrate", run, "nih14", phantoms, "--split", "test").code == 2
    said = hilum("calibrate", run, "nih14", phantoms, "--split", "all")
    assert said.code == 2
    assert "on the Run's train or test split" in said.err
