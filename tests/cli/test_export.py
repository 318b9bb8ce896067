"""`hilum export`, and readings by what it wrote."""

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import Hilum

from hilum.runs import Run
from hilum.schema import Cohort


@pytest.fixture(scope="module")
def run(tiny_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(tiny_run.folder, tmp_path_factory.mktemp("runs") / "tiny"))


def test_export_then_read_and_predict(hilum: Hilum, run: Path, tiny_cohort: Cohort, tmp_path: Path) -> None:
    said = hilum("export", run, "--to", "openvino", "-o", tmp_path / "copy")
    assert said.code == 0, said.err
    assert "openvino in fp32; probabilities differ from PyTorch's by at most" in " ".join(said.out.split())
    assert (tmp_path / "copy" / "preprocess.json").is_file()
    images = tiny_cohort.images.path.tolist()[:3]
    for backend in ("auto", "torch"):
        assert hilum("read", run, *images, "-o", tmp_path / f"{backend}.json", "--backend", backend).code == 0
    ours, theirs = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("torch", "auto"))
    assert theirs["provenance"]["machine"]["backend"] == "openvino"
    assert ours["provenance"]["machine"]["backend"] == "torch"
    for one, other in zip(ours["images"], theirs["images"], strict=True):
        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-5)
    said = hilum("read", run, *images, "-o", tmp_path / "many")
    assert said.code == 0, said.err
    assert "3 of 3 images read. For research" in said.out
    assert "3 of 3 images read, 3 of them before" in hilum("read", run, *images, "-o", tmp_path / "many").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--int8",), "--int8, --dataset and --root belong together"),
        (("--dataset", "nih14"), "--int8, --dataset and --root belong together"),
        (("--to", "tflite"), "no exporter 'tflite'"),
    ],
)
def test_what_is_refused(hilum: Hilum, run: Path, words: tuple[str, ...], message: str) -> None:
    said = hilum("export", run, *words)
    assert said.code == 2
    assert message in " ".join(said.err.split())
