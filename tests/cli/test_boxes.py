"""Boxes on the command line: evaluate, compare, fuse, convert; on drawn images, in others' formats."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from hilum.cli import app
from hilum.datasets import datasets
from hilum.phantom import layouts
from hilum.schema import Cohort
from hilum.schema.boxes import EDGES

run = CliRunner()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rsna")
    layouts["rsna_pneumonia"](folder, images=12, seed=0)
    return folder


def table_of(cohort: Cohort, shift: float) -> pd.DataFrame:
    """The true boxes, moved, and a false one; no row for the other images."""
    assert cohort.boxes is not None
    boxes = cohort.boxes.table[["image_id", "finding", *EDGES]]
    moved = boxes.assign(x1=boxes.x1 + shift, score=np.linspace(0.6, 0.9, len(boxes)))
    false = {"image_id": cohort.images.image_id[0], "finding": "Lung Opacity", "score": 0.3}
    return pd.concat([moved, pd.DataFrame([false | dict(zip(EDGES, (0, 0, 20, 20), strict=True))])])


def test_the_whole_way(root: Path, tmp_path: Path) -> None:
    cohort = datasets["rsna_pneumonia"](root)
    for name, shift in (("ours", 0.0), ("theirs", 15.0)):
        table_of(cohort, shift).to_csv(tmp_path / f"{name}.csv", index=False)
    ours, theirs, given = (str(tmp_path / name) for name in ("ours.csv", "theirs.csv", "fused.parquet"))
    where = ["rsna_pneumonia", str(root)]
    said = run.invoke(
        app, ["evaluate", ours, *where, "-o", str(tmp_path / "ev"), "--replicates", "20", "--hit", "center"]
    )
    assert said.exit_code == 0, said.output
    assert "RSNA score" in said.output
    assert "have no row in the file" in said.output
    page = (tmp_path / "ev" / "report.html").read_text()
    assert "FROC curves" in page
    held = json.loads((tmp_path / "ev" / "evaluation.json").read_text())
    score = next(row for row in held["rows"] if row["metric"] == "froc_sensitivity@8")
    assert score["value"] == 1
    said = run.invoke(
        app, ["compare", str(tmp_path / "ev"), theirs, "--dataset", where[0], "--root", where[1], "-o",
              str(tmp_path / "cmp"), "--replicates", "20"],
    )  # fmt: skip
    assert said.exit_code == 0, said.output
    assert "rsna_score" in (tmp_path / "cmp" / "comparison.csv").read_text()
    said = run.invoke(app, ["fuse", ours, theirs, "-o", given, "--iou", "0.5"])
    assert "joined to" in said.output, said.output
    for out, form in (("boxes.json", []), ("submission.csv", ["--form", "rsna_submission"])):
        said = run.invoke(app, ["convert-boxes", given, str(tmp_path / out), *form])
        assert said.exit_code == 0, said.output
    assert (tmp_path / "submission.csv").read_text().startswith("patientId,PredictionString")


def test_options_change_what_is_said_and_wrong_ones_are_named(root: Path, tmp_path: Path) -> None:
    cohort = datasets["rsna_pneumonia"](root)
    boxes = str(tmp_path / "boxes.csv")
    table_of(cohort, 0.0).to_csv(boxes, index=False)
    where, out = ["rsna_pneumonia", str(root), "--replicates", "5"], str(tmp_path / "ev")

    def value(metric: str, *more: str) -> float:
        said = run.invoke(app, ["evaluate", boxes, *where, "-o", out, *more])
        assert said.exit_code == 0, said.output
        rows = json.loads((tmp_path / "ev" / "evaluation.json").read_text())["rows"]
        return next(row["value"] for row in rows if row["metric"] == metric)

    only = ["--metric", "box_precision"]
    assert value("box_precision", *only, "--threshold", "0.5") == 1  # without the false one
    assert value("box_precision", *only, "--threshold", "0.2") < 1
    for wrong in (["--metric", "box_precison"], ["--hit", "2"], ["--threshold", "high"]):
        assert run.invoke(app, ["evaluate", boxes, *where, "-o", out, *wrong]).exit_code != 0
    kept = {}
    for method in ("weighted-boxes", "nms", "soft-nms"):
        fused = tmp_path / f"{method}.csv"
        said = run.invoke(app, ["fuse", boxes, boxes, "-o", str(fused), "--method", method, "--shrink", "0.5"])
        assert said.exit_code == 0, said.output
        kept[method] = pd.read_csv(fused).dropna()
    assert len(kept["soft-nms"]) > len(kept["nms"])
    assert cohort.boxes is not None
    widest = float((cohort.boxes.table.x1 - cohort.boxes.table.x0).max())
    assert float((kept["nms"].x1 - kept["nms"].x0).max()) <= widest / 2 + 1e-6
    assert run.invoke(app, ["fuse", boxes, boxes, "-o", boxes, "--method", "nmss"]).exit_code != 0


def test_ids_of_another_dataset_are_refused(root: Path, tmp_path: Path) -> None:
    table_of(datasets["rsna_pneumonia"](root), 0.0).assign(image_id="nobody").to_csv(tmp_path / "b.csv", index=False)
    said = run.invoke(
        app, ["evaluate", str(tmp_path / "b.csv"), "rsna_pneumonia", str(root), "-o", str(tmp_path / "o")]
    )
    assert said.exit_code != 0
    assert "None of the 1 predicted images" in str(said.exception) + said.output
