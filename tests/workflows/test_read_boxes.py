"""Files at hand read by a detector: the boxes that `predict` gives, on a page and as numbers."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hilum.inference import Predictor
from hilum.runs import Run
from hilum.schema import BoxPredictions, Cohort, ConfigError
from hilum.workflows.read import read
from hilum.workflows.read_boxes import read_boxes

UNET = {"name": "box_unet", "encoder": "test_resnet", "width": 32, "norm": "group"}


@pytest.fixture
def detector(make_run: Callable[..., Run]) -> Run:
    return make_run("detector", seed=1, task={"name": "detect", "cuts": [0.4], "least": 0.0}, model=UNET)


def test_they_are_the_boxes_that_predict_gives(detector: Run, tiny_cohort: Cohort, tmp_path: Path) -> None:
    some = tiny_cohort.images.path.dropna().tolist()[:3]
    (tmp_path / "broken.png").write_bytes(b"no image")
    found = read_boxes(detector, [*some, tmp_path / "broken.png"], device="cpu")
    told = Predictor.open(detector, device="cpu").predict(tiny_cohort, workers=0)
    assert isinstance(told, BoxPredictions)
    assert len(found.predictions.boxes)
    for image in found.images:
        ours, theirs = (each.boxes.of(image.image_id).score.round(5).tolist() for each in (found.predictions, told))
        assert ours == theirs
    assert found.predictions.failures.image_id.tolist() == ["broken"]
    found.save(tmp_path / "boxes.json")
    held = json.loads((tmp_path / "boxes.json").read_text())
    assert sum(len(image["boxes"]) for image in held["images"]) == len(found.predictions.boxes)
    assert str(tmp_path) not in json.dumps(held["failures"])
    found.save(tmp_path / "boxes.html")
    page = (tmp_path / "boxes.html").read_text()
    assert page.count("<rect") >= len(found.images)
    assert "not a medical device" in page


def test_who_gives_something_else_is_refused(detector: Run, tiny_run: Run, tiny_cohort: Cohort) -> None:
    path = tiny_cohort.images.path.iat[0]
    with pytest.raises(ConfigError, match=r"it gives labels\. Expected a Run that gives boxes"):
        read_boxes(tiny_run, [path])
    with pytest.raises(ConfigError, match=r"it gives boxes\. Expected a Run that gives labels"):
        read(detector, [path])
