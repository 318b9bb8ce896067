"""int8: accepted with its figures and its own fits, or refused without a trace."""

import shutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hilum.evaluation import fit_calibration
from hilum.evaluation.acceptance import Acceptance
from hilum.inference import Predictor
from hilum.inference.exported import exported_of
from hilum.inference.fitted import calibration_of
from hilum.runs import Run
from hilum.schema import Cohort, ConfigError, RunError
from hilum.workflows import predict
from hilum.workflows.calibrate import calibrate
from hilum.workflows.ensemble import ensemble
from hilum.workflows.export import copy_export, export


@pytest.fixture(scope="module")
def whole(tiny_run: Run, tiny_cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The tiny Run, calibrated, in int8."""
    folder = tmp_path_factory.mktemp("int8") / "tiny"
    shutil.copytree(tiny_run.folder, folder)
    run = Run.open(folder)
    calibrate(
        run, run.with_split(tiny_cohort), method="temperature", rule="fixed_sensitivity", options={"sensitivity": 0.8}
    )
    export(run, "openvino", cohort=tiny_cohort)
    return Run.open(folder)


@pytest.fixture
def copied(whole: Run, tmp_path: Path) -> Run:
    """One to be changed."""
    return Run.open(shutil.copytree(whole.folder, tmp_path / "copied"))


def test_int8_is_kept_with_the_figures_that_decided(whole: Run, tiny_cohort: Cohort) -> None:
    exported = exported_of(whole, "openvino")
    assert exported is not None
    assert exported.accuracy is not None
    assert exported.precision == "int8"
    assert exported.accuracy["images"] == len(whole.with_split(tiny_cohort).split("val"))
    assert exported.accuracy["mean_before"] - exported.accuracy["mean_after"] <= 0.002
    assert 0 < exported.largest_difference < 1
    assert (whole.folder / "exported_openvino.xml").read_text().count('type="FakeQuantize"') > 3


def test_reading_with_it_says_so_and_differs_as_reported(whole: Run, tiny_cohort: Cohort) -> None:
    val = whole.with_split(tiny_cohort).split("val")
    ours, theirs = (predict(whole, val, backend=name, calibrated=False, workers=0) for name in ("torch", "auto"))
    exported = exported_of(whole, "openvino")
    assert exported is not None
    assert theirs.provenance["machine"]["precision"] == "int8"
    assert np.abs(ours.probabilities - theirs.probabilities).max() == pytest.approx(exported.largest_difference)


def test_calibration_and_points_are_fitted_again_by_the_runs_own_methods(whole: Run, tiny_cohort: Cohort) -> None:
    val = whole.with_split(tiny_cohort).split("val")
    predictor, own = Predictor.open(whole, backend="auto"), calibration_of(whole)
    assert own is not None
    assert predictor.calibration is not None
    assert predictor.points is not None
    raw = predictor.predict(val, calibrated=False, workers=0)
    again = fit_calibration(raw, val, split=None, method="temperature")
    for finding, fit in again.to_dict()["of"].items():
        assert predictor.calibration.to_dict()["of"][finding] == pytest.approx(fit)
    assert (predictor.calibration.method, predictor.points.rule) == ("temperature", "fixed_sensitivity")
    assert predictor.points.options == {"sensitivity": 0.8}
    assert predictor.calibration.of != own.of
    assert predictor.points.fitted_on["split"] == "val"


def test_fits_that_are_newer_than_the_export_make_it_stale(copied: Run, tiny_cohort: Cohort) -> None:
    calibrate(copied, copied.with_split(tiny_cohort))
    with pytest.raises(RunError, match=r"exported_openvino.xml: its calibration and operating points were fitted bef"):
        Predictor.open(copied, backend="openvino")
    assert Predictor.open(copied, backend="auto").backend.facts()["backend"] == "torch"


def test_a_loss_is_refused_with_its_figures_and_leaves_nothing(
    copied: Run, tiny_cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network is really changed: its weights are rounded to a few values, and what it says is measured."""
    before = {path.name: path.read_bytes() for path in copied.folder.iterdir() if path.is_file()}
    monkeypatch.setattr("hilum.inference.quantizing.quantized", _ruined)
    monkeypatch.setattr("hilum.inference.restoring.restored", _ruined)
    with pytest.raises(
        RunError, match=r"int8 is refused: on \d+ images the mean AUROC goes from \d\.\d+ to 0\.\d+ .*may fall"
    ):
        export(copied, "openvino", cohort=tiny_cohort)
    assert {path.name: path.read_bytes() for path in copied.folder.iterdir() if path.is_file()} == before
    assert not [path for path in copied.folder.iterdir() if path.name.startswith(".")]


def _ruined(run: Run, path: Path, *_: object) -> None:
    weights = np.fromfile(path.with_suffix(".bin"), np.float32)
    weights[: len(weights) // 2] *= np.random.default_rng(0).choice([-1, 1], len(weights) // 2).astype(np.float32)
    weights.tofile(path.with_suffix(".bin"))


def test_what_plain_int8_loses_is_given_back_before_it_is_refused(
    tiny_run: Run, tiny_cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first judgment is spoiled; what comes out is judged anew, and says how much stayed in floating point."""
    export_module = import_module("hilum.workflows.export")
    run = Run.open(shutil.copytree(tiny_run.folder, tmp_path / "strict"))
    real, spoiled = export_module.judged, [True]

    def judge(*given: Any) -> Acceptance:
        found = real(*given)
        return replace(found, after=dict.fromkeys(found.after, 0.1)) if spoiled and spoiled.pop() else found

    monkeypatch.setattr(export_module, "judged", judge)
    ((_, exported),) = export(run, "openvino", cohort=tiny_cohort)
    assert exported.precision == "int8"
    assert exported.accuracy is not None
    assert exported.accuracy["layers_given_back"] >= 0
    assert exported.accuracy["mean_before"] - exported.accuracy["mean_after"] <= 0.002


def test_what_int8_is_not_for(whole: Run, tiny_cohort: Cohort, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="int8 is for openvino"):
        export(whole, "onnx", cohort=tiny_cohort)
    both = ensemble([whole, whole], tmp_path / "both")
    assert not list(both.folder.rglob("exported_*"))
    with pytest.raises(ConfigError, match=r"an ensemble. int8 is for one Run"):
        export(both, "openvino", cohort=tiny_cohort)
    with pytest.raises(ConfigError, match="no exporter 'tflite'"):
        export(whole, "tflite")


def test_a_copy_for_use_without_hilum(whole: Run, tmp_path: Path) -> None:
    copy_export(whole, "openvino", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "exported_openvino.bin", "exported_openvino.json", "exported_openvino.xml", "findings.json", "preprocess.json",
    ]  # fmt: skip
