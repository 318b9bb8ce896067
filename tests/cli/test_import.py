"""`hilum import` and `hilum ls weights`, as a user calls them."""

from pathlib import Path

import pytest
import torch
from tests.cli.conftest import Hilum

from hilum.models.classifier import classifier
from hilum.runs import Run
from hilum.schema import Cohort, RunError
from hilum.workflows.calibrate import calibrate
from hilum.workflows.evaluate import evaluate
from hilum.workflows.predict import predict


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "theirs.yaml"
    path.write_text(
        "findings: [Mass, Nodule]\nmodel: {encoder: test_resnet}\npreprocess: {size: 32}\n", encoding="utf-8"
    )
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A checkpoint of another program: `module.` before its names, `fc` for the head."""
    torch.manual_seed(0)
    model = classifier(encoder="test_resnet", outputs=2, size=32)
    tensors = {f"module.{name}": tensor for name, tensor in model.encoder.network.state_dict().items()}
    tensors |= {f"module.fc.{name}": tensor for name, tensor in model.head.layer.state_dict().items()}  # type: ignore[union-attr]
    torch.save({"state_dict": tensors}, tmp_path / "theirs.pth")
    return tmp_path / "theirs.pth"


def test_weights_are_listed_with_all_that_is_asked_of_them(hilum: Hilum) -> None:
    said = hilum("ls", "weights", "arnoweng").out.replace("\n", " ")
    words = " ".join(said.split())
    for expected in ("chexnet:arnoweng", "14 findings", "none stated", "28 MB", "not on this machine"):
        assert expected in words
    assert "at hand:" in hilum("ls", "weights", "lite0").out


def test_a_file_becomes_a_run_that_reads_predicts_is_evaluated_and_calibrated(
    hilum: Hilum, file: Path, recipe: Path, tiny_cohort: Cohort, tmp_path: Path
) -> None:
    said = hilum("import", file, "--recipe", recipe, "-o", tmp_path / "run")
    assert said.code == 0, said.err
    assert "2 findings" in said.out
    assert "module.…" in said.err
    run = Run.open(tmp_path / "run")
    assert run.provenance["imported"]["file"] == "theirs.pth"
    image = tiny_cohort.images.path[0]
    assert hilum("read", run.folder, image, "-o", tmp_path / "reading.html").code == 0
    assert (tmp_path / "reading.html").is_file()
    predictions = predict(run, tiny_cohort, device="cpu")
    evaluate(predictions, tiny_cohort, tmp_path / "evaluation", run=run.folder, replicates=20)
    assert (tmp_path / "evaluation" / "report.html").is_file()
    calibrate(run, tiny_cohort, split=None, device="cpu")
    assert "calibration" in predict(Run.open(run.folder), tiny_cohort, device="cpu").provenance
    with pytest.raises(RunError, match=r"split\.parquet is missing"):
        run.with_split(tiny_cohort)


def test_a_file_without_a_recipe_and_a_folder_in_use_are_refused(
    hilum: Hilum, file: Path, recipe: Path, tmp_path: Path
) -> None:
    said = hilum("import", file, "-o", tmp_path / "run")
    assert said.code == 2
    assert "--recipe" in said.err
    assert hilum("import", file, "--recipe", recipe, "-o", tmp_path).code == 2


def test_an_encoder_makes_no_run_and_the_error_says_what_it_makes(hilum: Hilum, tmp_path: Path) -> None:
    said = hilum("import", "hf:microsoft/rad-dino", "-o", tmp_path / "run")
    assert said.code == 2
    assert ".safetensors" in said.err
