"""From images to measures, and from masks to an evaluation: files, pages, and what is refused."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from hilum.datasets import datasets
from hilum.images import read_image
from hilum.images.masks import read_mask
from hilum.phantom import layouts
from hilum.runs import Run
from hilum.runs.lungs import lungs
from hilum.schema import Cohort, ConfigError, DataError, Header, ImageError, MaskPredictions
from hilum.schema.run_lengths import encode_runs
from hilum.workflows import predict
from hilum.workflows.evaluate_masks import evaluate
from hilum.workflows.measure import measure
from hilum.workflows.read import read


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    folder = tmp_path_factory.mktemp("wingspan")
    layouts["wingspan"](folder, images=4, seed=1, size=256, workers=0)
    found: Cohort = datasets["wingspan"](folder)
    return found


@pytest.fixture(scope="module")
def shipped() -> Run:
    return lungs()


def test_the_shipped_model_is_small_and_knows_what_it_says(shipped: Run) -> None:
    assert sum(path.stat().st_size for path in shipped.folder.iterdir()) < 5e6
    assert list(shipped.findings) == ["left_lung", "right_lung", "heart"]
    assert {image_id.split(":")[0] for image_id in shipped.split.index} == {"montgomery", "wingspan"}
    assert (shipped.folder / "card.md").is_file()


def test_masks_are_predicted_and_evaluated_with_a_page(cohort: Cohort, shipped: Run, tmp_path: Path) -> None:
    predictions = predict(shipped, cohort, workers=0)
    assert isinstance(predictions, MaskPredictions)
    found = evaluate(predictions, cohort, tmp_path, replicates=20)
    assert found.value("dice", "right_lung") > 0.5, "drawn lungs are lungs to it"
    assert json.loads((tmp_path / "evaluation.json").read_text())["provenance"]["unit"] == "pixels"
    page = (tmp_path / "report.html").read_text()
    assert "Right lung" in page
    assert page.count("<figure>") == 4
    again = MaskPredictions.load(tmp_path / "predictions.parquet")
    assert again.table.equals(predictions.table)


def test_a_perfect_reader_has_a_dice_of_1_and_no_error_of_the_ratio(cohort: Cohort, tmp_path: Path) -> None:
    assert cohort.masks is not None
    rles = [encode_runs(read_mask(path)) for path in cohort.masks.path]
    table = cohort.masks.assign(rle=rles, height=256, width=256).drop(columns="path")
    perfect = MaskPredictions(table, Header(tuple(cohort.images.image_id)))
    found = evaluate(perfect, cohort, tmp_path, replicates=20)
    assert found.value("dice") == 1
    assert found.value("hausdorff_95") == 0
    assert found.value("absolute_error", "cardiothoracic_ratio") == 0


def test_masks_of_other_images_or_structures_are_refused(cohort: Cohort, tmp_path: Path) -> None:
    ids = tuple(cohort.images.image_id)
    row = {"image_id": ids[:1], "structure": ["spleen"], "rle": ["1 5"], "height": [256], "width": [256]}
    with pytest.raises(DataError, match="outlines none of spleen"):
        evaluate(MaskPredictions(pd.DataFrame(row), Header(ids)), cohort, tmp_path)
    strange = pd.DataFrame(row).assign(image_id=["x"])
    with pytest.raises(DataError, match="share no image"):
        evaluate(MaskPredictions(strange, Header(("x",))), cohort, tmp_path)
    other = pd.DataFrame(row).assign(structure=["heart"], height=[100], width=[256])
    with pytest.raises(DataError, match="a mask of 256 x 256 pixels for an image of 256 x 100"):
        evaluate(MaskPredictions(other, Header(ids)), cohort, tmp_path)


def test_measures_as_numbers_and_as_a_page(cohort: Cohort, shipped: Run, tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), np.full((300, 260), 128, np.uint8))
    paths = [*cohort.images.path[:2], blank, tmp_path / "none.png"]
    found = measure(shipped, paths)
    found.save(tmp_path / "m.json")
    found.save(tmp_path / "m.html")
    told = json.loads((tmp_path / "m.json").read_text())
    assert [len(told["images"]), len(told["failures"])] == [3, 1]
    last = told["images"][-1]
    assert last["cardiothoracic_ratio"] is None
    assert last["right_lung_area"] is None
    assert last["problems"]
    page = (tmp_path / "m.html").read_text()
    assert "Not all could be measured." in page
    assert str(tmp_path) not in page
    assert re.search(r'<path d="M[\d. LZM]+', page)
    with pytest.raises(ConfigError, match=r"expected a name ending in \.html or \.json"):
        found.save(tmp_path / "m.txt")


def test_images_that_cannot_be_read_and_runs_without_masks_are_refused(
    cohort: Cohort, shipped: Run, tiny_run: Run, tmp_path: Path
) -> None:
    with pytest.raises(ImageError, match=r"none\.png"):
        measure(shipped, [tmp_path / "none.png"])
    with pytest.raises(ConfigError, match="it gives labels, and no masks"):
        measure(tiny_run, [cohort.images.path[0]])


def test_a_reading_measures_too_when_masks_are_at_hand(
    cohort: Cohort, shipped: Run, tiny_run: Run, tmp_path: Path
) -> None:
    path = cohort.images.path[0]
    plain = read(tiny_run, [path], method=None)
    both = read(tiny_run, [path], method=None, masks=shipped)
    assert "chest" not in plain.to_json()["images"][0]
    assert "cardiothoracic_ratio" in both.to_json()["images"][0]["chest"]
    both.save(tmp_path / "r.html")
    assert "Lungs and heart, measured on their outlines." in (tmp_path / "r.html").read_text()
    assert both.images[0].pixels.shape == read_image(path).pixels.shape
