"""`hilum train` with its options, and `hilum lr`."""

import json
from pathlib import Path

from tests.cli.conftest import Hilum

SMALL = ("--set", "model.encoder=test_resnet", "--set", "preprocess.size=32")


def test_the_command_writes_a_page_and_numbers(hilum: Hilum, phantoms: Path, tmp_path: Path) -> None:
    said = hilum("lr", "phantom-small", phantoms, "-o", tmp_path / "lr", "--steps", 12, *SMALL)
    assert said.code == 0, said.err
    held = json.loads((tmp_path / "lr" / "lr.json").read_text())
    assert len(held["rates"]) == len(held["losses"]) == 12
    page = (tmp_path / "lr" / "lr.html").read_text()
    assert "Loss over the learning rate" in page
    assert f"{held['suggested']:.1e}" in page or "never fell" in page


def test_several_seeds_and_a_hook(hilum: Hilum, phantoms: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    words = ("train", "phantom-small", "--root", phantoms, "--out", out, "--seeds", 2, "--hook", "tensorboard")
    said = hilum(*words, *SMALL, "--set", "training.epochs=1")
    assert said.code == 0, said.err
    kept = json.loads((out / "seeds.json").read_text())
    assert said.out.startswith(f"{out}: 2 seeds: auroc {kept['figures']['auroc']['mean']:.4f} (SD ")
    assert all(list((out / name / "tensorboard").iterdir()) for name in kept["runs"])


def test_seeds_and_devices_are_one_or_the_other(hilum: Hilum, tmp_path: Path) -> None:
    said = hilum("train", "nih14-small", "--root", tmp_path, "--out", tmp_path, "--seeds", 2, "--devices", 2)
    assert (said.code, "Give one of the two" in said.err) == (2, True)
