from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Hilum

from hilum.runs import Run
from hilum.schema import BoxPredictions, Evaluation


@pytest.fixture
def folder(make_run: Callable[..., Run]) -> Path:
    return make_run("cells", preprocess={"size": 64}).folder


def test_boxes_of_one_finding_as_a_table(hilum: Hilum, folder: Path, phantoms: Path, tmp_path: Path) -> None:
    out = tmp_path / "boxes.parquet"
    words = ("localize", folder, "nih14", phantoms, "--split", "test", "--finding", "Mass", "-o", out)
    said = hilum(*words, "--zero", "min", "--smoothing", 0.3, "--threshold", 0.4, "--parts", "largest")
    assert said.code == 0, said.err
    found = BoxPredictions.load(out)
    assert f"{len(found.boxes):,} boxes on {len(found):,} images" in said.out
    assert set(found.boxes.table.finding) == {"Mass"}
    assert found.provenance["heatmaps"] == {"method": "cam", "zero": "min", "smoothing": 0.3}
    assert not found.boxes.table.image_id.duplicated().any()


def test_scores_and_a_page(hilum: Hilum, folder: Path, phantoms: Path, tmp_path: Path) -> None:
    none = ("--faithfulness", 0, "--randomization", 0, "--agreement", 0, "--replicates", 20)
    said = hilum("heatmaps", folder, "nih14", phantoms, "-o", tmp_path / "page", *none)
    assert said.code == 0, said.err
    assert "random box" in said.out
    assert "center" in said.out
    rows = Evaluation.load(tmp_path / "page" / "heatmaps.json").rows
    assert "macro" in set(rows.finding)
    page = (tmp_path / "page" / "report.html").read_text(encoding="utf-8")
    assert "Wang et al. 2017" in page
    assert "do NOT compare" in page  # drawn images are not NIH's


def test_an_evaluation_takes_the_scores_in(hilum: Hilum, folder: Path, phantoms: Path, tmp_path: Path) -> None:
    told, out = tmp_path / "told.parquet", tmp_path / "ev"
    assert hilum("predict", folder, "nih14", phantoms, "-o", told).code == 0
    few = ("--metric", "auroc", "--subgroup", "none", "--replicates", 5)
    said = hilum("evaluate", told, "nih14", phantoms, "--run", folder, "--heatmaps", "cam", "-o", out, *few)
    assert said.code == 0, said.err
    assert "random box" in set(Evaluation.load(out / "heatmaps.json").rows["map"])
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Do the heatmaps find the finding?" in page
    assert "The full set" in page  # not measured, as nothing was calibrated, and that is said


@pytest.mark.parametrize("threshold", ["otsy", "1.2", "validation"])
def test_a_threshold_that_cannot_be_had_is_refused(
    hilum: Hilum, folder: Path, phantoms: Path, tmp_path: Path, threshold: str
) -> None:
    said = hilum("localize", folder, "nih14", phantoms, "-o", tmp_path / "boxes.parquet", "--threshold", threshold)
    assert said.code == 2
    assert "otsu" in said.err
