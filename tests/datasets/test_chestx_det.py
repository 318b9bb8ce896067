"""ChestX-Det: boxes, labels that follow from them, and what is no box."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hilum.datasets import datasets
from hilum.schema import DataError

Make = Callable[[str], Path]


def test_boxes_are_the_labels(owners_folder: Make) -> None:
    cohort = datasets["chestx_det"](owners_folder("chestx_det"))
    assert cohort.images.image_id.tolist() == ["36199", "36302", "00012"]
    assert cohort.images.split.tolist() == ["train", "train", "test"]
    assert cohort.labels["Effusion"].tolist() == [0, 1, 0]
    assert cohort.labels["Diffuse Nodule"].tolist() == [0, 1, 0]
    assert "Cardiomegaly" not in cohort.labels  # as in the first release, which has no such boxes
    assert cohort.boxes is not None
    assert cohort.boxes.of("00012")[["x0", "y0", "x1", "y1"]].to_numpy().tolist() == [[5, 5, 9, 9]]
    notes = " ".join(cohort.notes)
    assert "1 boxes are none and are left out: 1 have swapped corners" in notes
    assert "1 boxes stand twice" in notes


def test_outlines_stand_beside_their_boxes(owners_folder: Make) -> None:
    root = owners_folder("chestx_det")
    record = {"file_name": "1.png", "syms": ["Mass", "Nodule"], "boxes": [[1, 2, 9, 8], [20, 20, 30, 30]]}
    (root / "ChestX_Det_train.json").write_text(
        json.dumps([record | {"polygons": [[[1, 2], [9, 2], [9, 8.5]], [[20, 20], [30, 30]]]}])
    )
    cohort = datasets["chestx_det"](root)
    assert cohort.boxes is not None
    assert cohort.boxes.of("1").outline.tolist()[0] == "1 2 9 2 9 8.5"
    assert cohort.boxes.of("1").outline.isna().tolist() == [False, True]  # two points enclose nothing


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"file_name": "1.png", "syms": ["Gout"], "boxes": [[1, 2, 3, 4]]}, "boxes of Gout"),
        ({"file_name": "1.png", "syms": ["Mass"], "boxes": []}, "1 findings and 0 boxes"),
        ({"file_name": "1.png", "syms": ["Mass"], "boxes": [[1, 2, 3]]}, "four numbers"),
        ({"file_name": "1.png", "syms": ["Mass"]}, "list of images with boxes"),
        ({"file_name": "1.png", "syms": ["Mass"], "boxes": [[1, 2, 2000, 4]]}, "reach outside their image: 1"),
    ],
)
def test_what_is_wrong_is_named(owners_folder: Make, record: dict[str, object], told: str) -> None:
    root = owners_folder("chestx_det")
    (root / "ChestX_Det_train.json").write_text(json.dumps([record]))
    with pytest.raises(DataError, match=told):
        datasets["chestx_det"](root)
