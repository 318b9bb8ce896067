from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hilum.evaluation.compare import Comparison
from hilum.evaluation.reproduction import Outcome, Reproduction, load_reproduction
from hilum.reports import reproduction_page
from hilum.schema import Evaluation

Sound = Callable[[str], Any]
NAN = float("nan")
SCALE = {"share": 0.1, "epochs": 3, "size": None, "settings": (), "seed": 4, "small": False}
REPORT = """
title: A report
source: nobody
dataset: nih14
differs: [the split]
notes: [two columns are swapped]
tables:
- title: Heads
  images: a part of its own
  findings: [Mass, Nodule]
  rows:
  - {name: a, title: One layer, recipe: r, differs: rate, printed: {auroc: {macro: 0.7, micro: 0.81}}}
  - name: b
    title: Two layers
    recipe: r
    set: [model.head=hidden]
    differs: rate
    printed: {auroc: {Mass: 0.6, Nodule: 0.71}}
  - {name: c, title: Three layers, recipe: r, differs: rate}
  - {name: d, title: Weights, recipe: r, differs: rate}
  - {name: e, title: Later, not_yet: Nobody wrote it., differs: rate}
"""


@pytest.fixture
def report(tmp_path: Path) -> Reproduction:
    path = tmp_path / "report.yaml"
    path.write_text(REPORT, encoding="utf-8")
    return load_reproduction(path)


def outcome(value: float) -> Outcome:
    rows = [
        {"finding": finding, "subgroup": "all", "metric": "auroc", "value": value, "low": value - 0.02,
         "high": value + 0.02, "present": 40, "absent": 160, "too_few": False}
        for finding in ("Mass", "Nodule", "macro", "micro")
    ]  # fmt: skip
    provenance = {"images": 200, "patients": 90, "images_hash": "no such hash"}
    machine = {"name": "a CPU", "precision": "fp32", "cores": 2}
    facts = {"recipe": "r", "train": 700, "val": 80, "epochs": 3, "best_epoch": 2, "size": 64, "seconds": 12.0}
    return Outcome(Evaluation(pd.DataFrame(rows), provenance), "", facts | {"machine": machine})


def comparison() -> Comparison:
    rows = [
        {"finding": finding, "metric": "auroc", "model": model, "difference": difference,
         "difference_low": difference - 0.01, "difference_high": difference + 0.01, "p": 0.2, "p_corrected": 0.4}
        for finding in ("Mass", "macro")
        for model, difference in (("a", NAN), ("b", 0.004), ("c", -0.03))
    ]  # fmt: skip
    return Comparison(pd.DataFrame(rows), {"reference": "a", "images": 200, "patients": 90})


@pytest.fixture
def text(report: Reproduction, sound: Sound) -> str:
    failed = Outcome(failure="weights.pth does not exist.\nExpected a file.")
    outcomes = {"a": outcome(0.72), "b": outcome(0.724), "c": outcome(0.69), "d": failed, "e": Outcome()}
    page = sound(reproduction_page(report, outcomes, [comparison()], scale=SCALE, notes=["120 images are listed."]))
    return " ".join(page.text.split())


def test_printed_and_here_stand_beside_each_other(text: str) -> None:
    assert "One layer 0.70 0.720 (0.700–0.740) – rate" in text
    assert "Two layers [0.66] 0.724 (0.704–0.744) 0.004 (−0.006 to 0.014) rate" in text  # not printed: in brackets
    assert "AUROC, micro: printed" in text
    assert "0.81 0.720" in text


def test_which_rows_cannot_be_told_apart_is_said(text: str) -> None:
    assert (
        "Cannot be told apart from One layer by their mean AUROC on these 200 images of 90 patients: Two layers."
        in text
    )
    assert "Lower than One layer on these 200 images of 90 patients: Three layers (−0.030)." in text


def test_what_failed_and_what_is_not_there_stays_on_the_page(text: str) -> None:
    assert "Failed: weights.pth does not exist." in text
    assert "Weights: why it failed" in text
    assert "Not there yet. Nobody wrote it." in text
    assert "Rows measured 3 of 5" in text
    assert "1 failed, 1 not there yet" in text


def test_what_differs_names_split_scale_and_images(text: str) -> None:
    assert "the split" in text
    assert "10 % of the training patients, drawn by patient with seed 4" in text
    assert "no phase of training is longer than 3" in text
    assert "200 images that are no test set of published figures" in text
    assert "two columns are swapped" in text
    assert "120 images are listed." in text


def test_how_a_row_was_made(text: str) -> None:
    assert "hilum train r --root ROOT --out RUN --set 'model.head=hidden'" in text
    assert (
        "700 images to learn from, 80 to validate with; 3 epochs, the best of them 2; 64 px; 12 s; a CPU, fp32" in text
    )


def test_nothing_measured_yet(report: Reproduction, sound: Sound) -> None:
    page = sound(reproduction_page(report, {row.name: Outcome() for row in report.rows}, [None], scale=SCALE))
    assert "Rows measured 0 of 5" in " ".join(page.text.split())
    assert "Not made here so far. rate" in page.text


def test_rows_that_could_not_be_compared(report: Reproduction, sound: Sound) -> None:
    outcomes = {row.name: outcome(0.7) for row in report.rows}
    page = sound(reproduction_page(report, outcomes, ["They share no image."], scale=SCALE))
    assert "The rows could not be compared: They share no image." in " ".join(page.text.split())
