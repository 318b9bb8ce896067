"""Files at hand read by a detector: the boxes that `predict` gives, on a page and as numbers."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from hilum.inference import Predictor
from hilum.runs import Run
from hilum.schema import BoxPredictions, Cohort, ConfigError, MaskPredictions
from hilum.workflows.chests import NO_LUNGS, chests_of
from hilum.workflows.read import read
from hilum.workflows.read_boxes import read_boxes
from hilum.workflows.read_many import read_many
from hilum.workflows.write import each_reading

UNET = {"name": "box_unet", "encoder": "test_resnet", "width": 32, "norm": "group"}


NO_MASKS = pd.DataFrame(columns=["image_id", "structure", "rle", "score"])


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


def test_a_finding_is_called_by_its_surest_box_and_drawn_from_its_cut_on(detector: Run, tiny_cohort: Cohort) -> None:
    found = read_boxes(detector, tiny_cohort.images.path.dropna().tolist()[:2], device="cpu")
    scores = found.predictions.boxes.table.score
    cut = float(scores.median())
    facts = found.predictions.provenance | {"operating_points": {"thresholds": dict.fromkeys(found.findings, cut)}}
    header = replace(found.predictions.header, provenance=facts)
    found = replace(found, predictions=replace(found.predictions, header=header))
    first, second = each_reading(found)
    assert len(first.boxes) + len(second.boxes) == int((scores >= cut).sum())
    for reading in (first, second):
        for each in reading.assessments:
            own = found.predictions.boxes.of(reading.image_id)
            surest = own.score[own.finding == each.finding].max()
            assert each.probability == (0.0 if pd.isna(surest) else pytest.approx(surest))
            assert each.call == ("present" if each.probability >= cut else "absent")


def test_without_lungs_no_box_is_drawn_and_nothing_is_called(detector: Run, tiny_cohort: Cohort) -> None:
    found = read_boxes(detector, tiny_cohort.images.path.dropna().tolist()[:1], device="cpu")
    nothing = MaskPredictions(NO_MASKS, found.predictions.header)
    hand = replace(found, outlines=nothing, chests=chests_of(nothing, found.images))
    (reading,) = each_reading(hand)
    assert len(found.drawn(reading.image_id))
    assert reading.boxes.empty
    assert {each.call for each in reading.assessments} == {"not assessed"}
    assert NO_LUNGS in reading.notes
    (image,) = hand.to_json()["images"]
    assert image["notes"] == [NO_LUNGS]
    assert set(image["calls"].values()) == {"not assessed"}


def test_many_files_give_the_table_that_one_pass_gives_and_are_read_once(
    detector: Run, tiny_cohort: Cohort, tmp_path: Path
) -> None:
    files = tiny_cohort.images.path.dropna().tolist()[:3]
    predictor = Predictor.open(detector, device="cpu")
    done = read_many(predictor, files, tmp_path, pages=True, workers=0)
    alone = read_boxes(predictor, files).predictions
    assert isinstance(done.predictions, BoxPredictions)
    assert done.predictions.header.image_ids == alone.header.image_ids
    columns = ["image_id", "finding", "x0", "y0", "x1", "y1", "score"]
    pd.testing.assert_frame_equal(
        done.predictions.boxes.table[columns], alone.boxes.table[columns], check_dtype=False, atol=1e-4
    )
    kept = BoxPredictions.load(tmp_path / "predictions.parquet")
    assert kept.boxes.table[["image_width", "image_height"]].notna().all(axis=None)
    assert len(list(tmp_path.glob("*.html"))) == 3
    assert read_many(predictor, files, tmp_path, pages=True, workers=0).before == 3
