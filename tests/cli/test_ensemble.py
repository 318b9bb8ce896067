"""Ensembles from the command line, of the Runs of drawn images."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import Hilum

from hilum.runs import Run
from hilum.schema import Predictions

MakeRun = Callable[..., Run]


@pytest.fixture
def two(make_run: MakeRun) -> list[Path]:
    return [make_run("a", seed=1).folder, make_run("b", seed=1, training={"seed": 2}).folder]


def test_made_then_asked_like_any_run(hilum: Hilum, two: list[Path], phantoms: Path, tmp_path: Path) -> None:
    said = hilum("ensemble", *two, "-o", tmp_path / "both", "--combine", "logits", "--variant", "shift:right=0.05")
    assert said.code == 0, said.err
    assert "0.500  a" in said.out
    assert "2 Runs of 2 findings, mean of logits" in said.out
    both = Run.open(tmp_path / "both")
    assert both.ensemble is not None
    assert both.ensemble.variants == ({"name": "shift", "right": 0.05, "down": 0.0},)
    for run in (*two, both.folder):
        assert hilum("predict", run, "nih14", phantoms, "-o", tmp_path / f"{run.name}.parquet").code == 0
    told = [Predictions.load(tmp_path / f"{name}.parquet").probabilities for name in ("a", "b", "both")]
    assert np.isfinite(told[2]).all()
    image = next(phantoms.rglob("*.png"))
    assert hilum("read", both.folder, image, "-o", tmp_path / "reading.html").code == 0


def test_what_does_not_go_together_is_said(hilum: Hilum, two: list[Path], tmp_path: Path) -> None:
    tries = {
        "expected probabilities or logits": ("--combine", "votes"),
        "belong together": ("--dataset", "nih14"),
        "gives one network": ("--average-weights", "--join"),
        "expected NAME:setting=number": ("--variant", "zoom:factor"),
        "no variant 'zom'": ("--variant", "zom"),
        "less than or equal to 2": ("--variant", "zoom:factor=9"),
    }
    for expected, words in tries.items():
        said = hilum("ensemble", *two, "-o", tmp_path / "both", *words)
        assert (said.code, expected in said.err.replace("\n", " ")) == (2, True), said.err
    assert hilum("ensemble", *two, "-o", tmp_path / "mean", "--average-weights").out.strip().endswith("2 weights.")
