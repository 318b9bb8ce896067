"""A report of detectors on drawn chests: each alone, behind a classifier, and together."""

import json
from pathlib import Path

import pytest

from hilum.evaluation.reproduction import load_reproduction
from hilum.phantom import layouts
from hilum.runs.recipes import load_recipe
from hilum.training import train
from hilum.workflows.reproduce import PAGE, reproduce
from hilum.workflows.reproduce_row import Scale

TINY = "{name: box_unet, encoder: test_resnet, norm: group, width: 32}"
REPORT = f"""
title: A report of boxes
source: nobody, nowhere
dataset: rsna_pneumonia
differs: [split]
tables:
- title: Classifier
  images: none
  findings: rsna
  rows:
  - {{name: gate, title: Gate, recipe: rsna-gate-small, set: [model.encoder=test_resnet, model.pretrained=none,
      'training.frozen=[]'], differs: all}}
- title: Detectors
  images: none
  findings: rsna
  metric: rsna_score
  of: Lung Opacity
  rows:
  - {{name: first, title: First, recipe: phantom-detect, set: ['model={TINY}'], differs: none,
      printed: {{rsna_score: {{Lung Opacity: 0.2}}}}}}
  - {{name: second, title: Second, recipe: phantom-detect, set: ['model={TINY}', training.seed=1], differs: seed}}
  - {{name: both, title: Both, members: [first, second], gate: [gate], flips: true, boxes: {{fusion: nms}},
      differs: all}}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("boxes")
    layouts["rsna_pneumonia"](folder / "rsna", images=40, seed=3, size=64, workers=0)
    (folder / "report.yaml").write_text(REPORT, encoding="utf-8")
    small = Scale(epochs=1, size=32, settings=("training.precision=fp32", "data.val_fraction=0.3"))
    reproduce(
        folder / "report.yaml",
        folder / "rsna",
        folder / "out",
        train=train,
        scale=small,
        replicates=20,
        say=lambda text: None,
    )
    return folder / "out"


@pytest.mark.parametrize("row", ["gate", "first", "second", "both"])
def test_each_row_is_measured(made: Path, row: str) -> None:
    outcome = json.loads((made / "rows" / row / "outcome.json").read_text(encoding="utf-8"))
    assert outcome["failure"] == ""


def test_the_page_sets_the_score_beside_the_printed_one(made: Path) -> None:
    page = (made / PAGE).read_text(encoding="utf-8")
    assert "RSNA score" in page
    assert "The boxes of First; Second, images also mirrored, behind the classifier gate." in page
    assert "0.2" in page


def test_cuts_were_chosen_on_validation_images_and_stand_in_the_runs(made: Path) -> None:
    held = [json.loads(path.read_text(encoding="utf-8")) for path in made.glob("runs/*/operating_points.json")]
    assert len(held) == 3
    assert all(one["fitted_on"]["split"] == "val" for one in held)


def test_report4_names_recipes_that_there_are() -> None:
    report = load_reproduction("report4")
    detectors = [row for row in report.tables[1].rows if row.recipe]
    assert {load_recipe(row.recipe).model["name"] for row in detectors} == {
        "faster_rcnn",
        "yolov3",
        "box_unet",
        "mask_rcnn",
    }
    assert all(row.figures(report.dataset) for row in report.tables[2].rows)


def test_small_takes_the_recipes_for_two_cores_where_there_are_any() -> None:
    rows = {row.name: row for row in load_reproduction("report4").rows if row.recipe}
    small = Scale(small=True)
    assert {row.recipe: small.recipe(row).name for row in rows.values()} == {
        row.recipe: f"{row.recipe}-small" for row in rows.values()
    }
    row = load_reproduction("report2").rows[0]
    assert small.recipe(row).name == row.recipe
