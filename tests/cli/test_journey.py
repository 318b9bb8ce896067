"""The whole way, command by command, on a handful of drawn images."""

import json
from pathlib import Path

import pandas as pd
import pytest
from tests.cli.conftest import Hilum

from hilum.phantom import layouts
from hilum.runs import Run
from hilum.schema import Evaluation

QUICK = (
    "--set", "model.encoder=resnet10t", "--set", "preprocess.size=64",
    "--set", "training.phases=[{epochs: 1}]", "--set", "training.precision=fp32",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journey")


@pytest.fixture(scope="module")
def run(folder: Path, phantoms: Path) -> Path:
    from hilum.datasets import datasets
    from hilum.runs import load_recipe
    from hilum.training import train

    recipe = load_recipe("phantom-small", [word for word in QUICK if word != "--set"])
    return train(recipe, datasets["nih14"](phantoms), folder / "run").folder


def test_train_from_the_command_line_gives_the_run_of_the_function(
    hilum: Hilum, phantoms: Path, run: Path, folder: Path
) -> None:
    said = hilum("train", "phantom-small", "--root", phantoms, "--out", folder / "again", *QUICK)
    assert said.code == 0, said.err
    assert Run.open(folder / "again").provenance["weights"]["sha256"] == Run.open(run).provenance["weights"]["sha256"]
    assert hilum("train", "phantom-small", "--root", phantoms, "--out", folder / "again", *QUICK).code == 2


def test_store_is_found_again(hilum: Hilum, phantoms: Path, folder: Path) -> None:
    words = ("store", "nih14", phantoms, "--out", folder / "packed", "--size", 32, "--workers", 0)
    first, second = hilum(*words), hilum(*words)
    assert first.code == second.code == 0
    assert "48 images; 0 could not be read" in second.out


def test_predict_evaluate_read_agree(hilum: Hilum, phantoms: Path, run: Path, folder: Path) -> None:
    table = folder / "predictions.parquet"
    assert hilum("predict", run, "nih14", phantoms, "--split", "test", "-o", table).code == 0
    predicted = pd.read_parquet(table).set_index("image_id")
    said = hilum("evaluate", table, "nih14", phantoms, "--split", "test", "-o", folder / "ev", "--replicates", 20)
    assert said.code == 0, said.err
    evaluation = Evaluation.load(folder / "ev" / "evaluation.json")
    assert {"macro", "micro", "Effusion"} <= set(evaluation.rows.finding)
    page = (folder / "ev" / "report.html").read_text(encoding="utf-8")
    assert "not a medical device" in page
    assert page.count("Chest radiograph") == 12  # six images drawn by lot and the six worst errors, with heatmaps

    image_id = predicted.index[0]
    image = phantoms / "images_001" / "images" / f"{image_id}.png"
    assert hilum("read", run, image, "-o", folder / "reading.json").code == 0
    reading = json.loads((folder / "reading.json").read_text(encoding="utf-8"))
    told = pd.Series(reading["images"][0]["probabilities"])
    pd.testing.assert_series_equal(told, predicted.loc[image_id], check_names=False, check_dtype=False, atol=1e-6)
    assert "not a medical device" in reading["notice"]


def test_read_goes_on_past_a_broken_file(hilum: Hilum, phantoms: Path, run: Path, folder: Path) -> None:
    image = next(iter(sorted((phantoms / "images_001" / "images").glob("*.png"))))
    broken = folder / "broken.png"
    broken.write_bytes(image.read_bytes()[:900])
    said = hilum("read", run, broken, image, "-o", folder / "reading.html")
    assert said.code == 0
    assert "broken.png" in said.err
    assert "1 of 2 images read" in said.out
    assert image.stem in (folder / "reading.html").read_text(encoding="utf-8")
    alone = hilum("read", run, broken, "-o", folder / "none.html")
    assert alone.code == 2
    assert "broken.png" in alone.err
    assert not (folder / "none.html").exists()


def test_explain_writes_a_picture(hilum: Hilum, phantoms: Path, run: Path, folder: Path) -> None:
    image = next(iter(sorted((phantoms / "images_001" / "images").glob("*.png"))))
    said = hilum("explain", run, image, "--finding", "Effusion", "-o", folder / "overlay.png")
    assert said.code == 0, said.err
    assert "Effusion, probability" in said.out
    assert (folder / "overlay.png").read_bytes().startswith(b"\x89PNG")
    assert "Effusion" in hilum("explain", run, image, "--finding", "Efusion", "-o", folder / "x.png").err


def test_check_counts_and_finds_a_copy(hilum: Hilum, phantoms: Path, tmp_path: Path) -> None:
    said = hilum("check", "nih14", phantoms, "--no-pixels")
    assert said.code == 0, said.out
    assert "48 rows" in said.out
    torn = tmp_path / "torn"
    layouts["nih14"](torn, images=12, seed=5, size=128, workers=0)
    lists = [torn / "train_val_list.txt", torn / "test_list.txt"]
    names = [file.read_text().split() for file in lists]
    several = next(name for name in names[0] if name.endswith("_001.png"))
    lists[0].write_text("\n".join(name for name in names[0] if name != several))
    lists[1].write_text("\n".join([*names[1], several]))
    bad = hilum("check", "nih14", torn, "--no-pixels", "-o", tmp_path / "page")
    assert bad.code == 1
    assert "two splits" in bad.out
    assert (tmp_path / "page" / "check.html").is_file()


def test_summary_writes_page_numbers_and_figures(hilum: Hilum, phantoms: Path, tmp_path: Path) -> None:
    said = hilum("summary", "nih14", phantoms, "-o", tmp_path)
    assert said.code == 0, said.err
    assert "48 images" in said.out
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["images"] == 48
    assert (tmp_path / "summary.html").is_file()
    assert len(list((tmp_path / "figures").glob("*.svg"))) >= 5
