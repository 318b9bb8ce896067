"""Many files into a folder: what is there stays, what was killed goes on, what changed is read again."""

import json
from pathlib import Path

import numpy as np
import pytest

from hilum.inference import Predictor
from hilum.runs import Run
from hilum.schema import Cohort, ImageError, Predictions
from hilum.workflows import predict, read
from hilum.workflows import read_many as module
from hilum.workflows.read_many import read_many


@pytest.fixture(scope="module")
def predictor(tiny_run: Run) -> Predictor:
    return Predictor.open(tiny_run)


@pytest.fixture
def files(tiny_cohort: Cohort) -> list[str]:
    return tiny_cohort.images.path.tolist()[:20]


def test_it_says_what_predict_says(predictor: Predictor, tiny_cohort: Cohort, files: list[str], tmp_path: Path) -> None:
    done = read_many(predictor, files, tmp_path, workers=2)
    expected = predict(predictor.run, tiny_cohort.take(np.arange(20), "few"), workers=0)
    assert done.before == 0
    assert done.predictions.table.image_id.tolist() == expected.table.image_id.tolist()
    np.testing.assert_allclose(done.predictions.probabilities, expected.probabilities, atol=1e-6)
    kept = Predictions.load(tmp_path / "predictions.parquet")
    assert np.array_equal(kept.probabilities, done.predictions.probabilities)
    assert kept.provenance["predicted"] == 20
    assert len(list(tmp_path.glob("*.json"))) == 20


def test_each_file_s_reading_is_the_one_it_has_alone(predictor: Predictor, files: list[str], tmp_path: Path) -> None:
    read_many(predictor, files[:3], tmp_path, workers=0)
    held = json.loads((tmp_path / f"{Path(files[1]).stem}.json").read_text())
    alone = read(predictor, [files[1]], method=None).to_json()
    assert held["images"][0]["image_id"] == alone["images"][0]["image_id"]
    assert held["images"][0]["probabilities"] == pytest.approx(alone["images"][0]["probabilities"], abs=1e-6)
    assert {**held["provenance"], "predicted": 1} == {**alone["provenance"], "predicted": 1}


def test_what_was_killed_goes_on(
    predictor: Predictor, files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []

    def dies(path: Path, value: object) -> None:
        if len(written) == 5:
            raise KeyboardInterrupt
        written.append(path.name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value))

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_json", dies)
        with pytest.raises(KeyboardInterrupt):
            read_many(predictor, files, tmp_path, workers=0)
    assert not (tmp_path / "predictions.parquet").exists()
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in written}
    done = read_many(predictor, files, tmp_path, workers=0)
    assert done.before == 5
    assert len(done.predictions) == 20
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in written} == before


def test_a_changed_file_a_cut_reading_and_another_network_are_read_again(
    predictor: Predictor, tiny_cohort: Cohort, tmp_path: Path
) -> None:
    own = [tmp_path / "in" / f"{name}.png" for name in "abc"]
    own[0].parent.mkdir()
    for path, source in zip(own, tiny_cohort.images.path, strict=False):
        path.write_bytes(Path(source).read_bytes())
    read_many(predictor, own, tmp_path / "out", workers=0)
    own[0].write_bytes(Path(tiny_cohort.images.path[7]).read_bytes())
    cut = tmp_path / "out" / "b.json"
    cut.write_bytes(cut.read_bytes()[:-20])
    done = read_many(predictor, own, tmp_path / "out", workers=0)
    assert done.before == 1
    seventh = read(predictor, [tiny_cohort.images.path[7]], method=None).predictions.probabilities
    np.testing.assert_allclose(done.predictions.probabilities[0], seventh[0], atol=1e-6)
    other = Predictor.open(predictor.run, precision="bf16")
    assert read_many(other, own, tmp_path / "out", workers=0).before == 0


def test_what_cannot_be_read_is_named_and_tried_again(predictor: Predictor, files: list[str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    with pytest.raises(ImageError, match=r"broken\.png"):
        read_many(predictor, [broken], tmp_path / "none", workers=0)
    done = read_many(predictor, [files[0], broken], tmp_path / "out", workers=0)
    assert done.predictions.failures.image_id.tolist() == ["broken"]
    broken.write_bytes(Path(files[1]).read_bytes())
    again = read_many(predictor, [files[0], broken], tmp_path / "out", workers=0)
    assert again.before == 1
    assert again.predictions.failures.empty
    assert again.predictions.table.image_id.tolist() == [Path(files[0]).stem, "broken"]


def test_pages_beside_the_numbers(predictor: Predictor, files: list[str], tmp_path: Path) -> None:
    read_many(predictor, files[:2], tmp_path, workers=0)
    done = read_many(predictor, files[:2], tmp_path, pages=True, workers=0)
    assert done.before == 0
    pages = sorted(tmp_path.glob("*.html"))
    assert [page.stem for page in pages] == sorted(Path(file).stem for file in files[:2])
    assert pages[0].read_text().count(pages[0].stem)
    assert pages[1].stem not in pages[0].read_text()


def test_the_model_is_opened_once(
    tiny_run: Run, files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    build = Run.model
    monkeypatch.setattr(Run, "model", lambda run: opened.append(run) or build(run))
    read(tiny_run, files[:5])
    assert len(opened) == 1
    read_many(Predictor.open(tiny_run), files[:5], tmp_path, pages=True, workers=0)
    assert len(opened) == 2
