"""Exported networks: they say what PyTorch says, and none speaks for weights that are not the Run's."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hilum.inference import Predictor
from hilum.inference.exported import exported_of
from hilum.inference.exporting import export
from hilum.inference.registries import backends, exporters
from hilum.runs import Run
from hilum.schema import Cohort, ConfigError, DependencyError, RunError
from hilum.workflows import predict

ENGINES = ("onnx", "openvino")


@pytest.fixture(scope="module")
def exported_run(tiny_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The tiny Run, exported for both engines."""
    folder = tmp_path_factory.mktemp("exported") / "tiny"
    shutil.copytree(tiny_run.folder, folder)
    for name in ENGINES:
        export(Run.open(folder), name)
    return Run.open(folder)


@pytest.fixture
def copied(exported_run: Run, tmp_path: Path) -> Run:
    """One to be damaged."""
    return Run.open(shutil.copytree(exported_run.folder, tmp_path / "copied"))


def test_each_exporter_has_its_backend() -> None:
    assert set(exporters) == set(ENGINES)
    assert set(exporters) < set(backends)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("batch_size", [1, 7])
def test_it_says_what_pytorch_says(exported_run: Run, tiny_cohort: Cohort, name: str, batch_size: int) -> None:
    few = tiny_cohort.take(np.arange(9), "few")
    ours = predict(exported_run, few, backend="torch", workers=0)
    theirs = predict(exported_run, few, backend=name, batch_size=batch_size, workers=0)
    np.testing.assert_allclose(theirs.probabilities, ours.probabilities, atol=1e-5)
    assert theirs.provenance["machine"] | {"name": ""} == {
        "backend": name, "device": "cpu", "name": "", "precision": "fp32",
    }  # fmt: skip


@pytest.mark.parametrize("name", ENGINES)
def test_the_description_names_files_weights_and_difference(exported_run: Run, name: str) -> None:
    exported = exported_of(exported_run, name)
    assert exported is not None
    assert exported.weights_sha256 == exported_run.provenance["weights"]["sha256"]
    assert 0 <= exported.largest_difference < 1e-4
    assert len(exported.files) == {"onnx": 1, "openvino": 2}[name]
    assert all((exported_run.folder / file).is_file() for file in exported.files)


def test_auto_takes_the_fastest_that_was_exported(exported_run: Run, tiny_run: Run, copied: Run) -> None:
    assert Predictor.open(exported_run, backend="auto").backend.facts()["backend"] == "openvino"
    assert Predictor.open(tiny_run, backend="auto").backend.facts()["backend"] == "torch"
    (copied.folder / "exported_openvino.json").unlink()
    assert Predictor.open(copied, backend="auto").backend.facts()["backend"] == "onnx"
    assert Predictor.open(copied, backend="auto", precision="bf16").backend.facts()["backend"] == "torch"


@pytest.mark.parametrize("name", ENGINES)
def test_an_export_of_other_weights_is_refused_by_name(copied: Run, name: str) -> None:
    path = copied.folder / f"exported_{name}.json"
    path.write_text(path.read_text().replace(copied.provenance["weights"]["sha256"], "0" * 64))
    with pytest.raises(RunError, match=rf"exported_{name}.*made of other weights than the Run's.*hilum export"):
        Predictor.open(copied, backend=name)
    assert Predictor.open(copied, backend="auto").backend.facts()["backend"] != name


@pytest.mark.parametrize("file", ["exported_openvino.bin", "exported_openvino.xml", "exported_onnx.onnx"])
def test_a_damaged_export_is_refused_by_name(copied: Run, file: str) -> None:
    path = copied.folder / file
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RunError, match=f"{file}: missing, or another file"):
        Predictor.open(copied, backend=file.removeprefix("exported_").split(".")[0])


def test_a_file_outside_the_run_is_never_read(copied: Run) -> None:
    path = copied.folder / "exported_onnx.json"
    path.write_text(path.read_text().replace('"exported_onnx.onnx"', '"../exported_onnx.onnx"'))
    with pytest.raises(RunError, match="missing, or another file"):
        Predictor.open(copied, backend="onnx")


def test_a_run_that_was_not_exported_says_how(tiny_run: Run) -> None:
    with pytest.raises(RunError, match=r"not exported for openvino. Make it with `hilum export .* --to openvino`"):
        Predictor.open(tiny_run, backend="openvino")


@pytest.mark.parametrize(("name", "module"), [("openvino", "openvino"), ("onnx", "onnxruntime")])
def test_a_missing_engine_is_named_with_its_remedy(
    exported_run: Run, name: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DependencyError, match=rf"pip install 'hilum\[{name}\]'"):
        Predictor.open(exported_run, backend=name)


def test_heatmaps_and_embeddings_come_all_the_same(exported_run: Run, tiny_cohort: Cohort) -> None:
    few = tiny_cohort.take(np.arange(3), "few")
    ours, theirs = (Predictor.open(exported_run, backend=name) for name in ("torch", "openvino"))
    one, other = (each.explain(each.source(few, workers=0)) for each in (ours, theirs))
    assert all(np.array_equal(a.heatmap, b.heatmap) for a, b in zip(one, other, strict=True))
    assert np.array_equal(*(each.embed(few, workers=0).table.to_numpy() for each in (ours, theirs)))


def test_features_beside_the_image(make_run: Callable[..., Run], tiny_cohort: Cohort) -> None:
    """Also an image without any: NaN must mean the same to every engine."""
    model = {"name": "joint", "encoder": "test_resnet"}
    run = make_run("joint", model=model, features={"demographics": {}})
    few = tiny_cohort.take(np.arange(4), "few")
    export(run, "openvino")
    said = [predict(run, few, backend=each, workers=0).probabilities for each in ("torch", "openvino")]
    np.testing.assert_allclose(*said, atol=1e-5)


def test_two_views_are_refused_with_the_way_out(make_run: Callable[..., Run]) -> None:
    run = make_run("two", model={"name": "two_views", "encoder": "test_resnet"})
    before = sorted(path.name for path in run.folder.iterdir())
    with pytest.raises(ConfigError, match=r"takes lateral, which no exported network can be given.*--backend torch"):
        export(run, "onnx")
    assert sorted(path.name for path in run.folder.iterdir()) == before


def test_an_export_that_says_other_things_is_not_kept(copied: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name: path.read_bytes() for path in copied.folder.iterdir() if path.is_file()}
    left = copied.folder / ".writing-exported_openvino" / "exported_openvino.xml"  # by a process that was killed
    left.parent.mkdir()
    left.write_text("half")
    monkeypatch.setattr("hilum.inference.exporting.written", lambda run, backend, folder: folder / "exported_x.xml")
    monkeypatch.setattr("hilum.inference.exporting._difference", lambda run, other: float("nan"))
    with pytest.raises(RunError, match="says other things than PyTorch"):
        export(copied, "openvino")
    assert not left.parent.exists()
    assert {path.name: path.read_bytes() for path in copied.folder.iterdir() if path.is_file()} == before
