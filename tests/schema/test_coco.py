"""COCO files with wrong ids, wrong boxes, wrong everything."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.mask import encode

from hilum.schema import DataError
from hilum.schema.coco import read_coco
from hilum.schema.run_lengths import decode_runs

GOOD: dict[str, Any] = {
    "images": [{"id": 1, "file_name": "a.png", "width": 10, "height": 20}, {"id": 2, "file_name": "sub/b.dcm"}],
    "categories": [{"id": 3, "name": "Mass"}, {"id": 4, "name": "Nodule"}],
    "annotations": [{"id": 1, "image_id": 2, "category_id": 3, "bbox": [1, 2, 3, 4]}],
}


def written(folder: Path, value: Any) -> Path:
    path = folder / "instances.json"
    path.write_text(json.dumps(value))
    return path


def test_images_boxes_and_categories(tmp_path: Path) -> None:
    held = read_coco(written(tmp_path, GOOD))
    assert held.images.image_id.tolist() == ["a", "b"]
    assert held.images.width.iloc[0] == 10
    assert held.boxes.to_dict("records") == [{"image_id": "b", "finding": "Mass", "x0": 1, "y0": 2, "x1": 4, "y1": 6}]
    assert held.categories == ("Mass", "Nodule")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"annotations": [{"image_id": 9, "category_id": 3, "bbox": [1, 2, 3, 4]}]}, "image_id 9"),
        ({"annotations": [{"image_id": 1, "category_id": 9, "bbox": [1, 2, 3, 4]}]}, "category_id 9"),
        ({"annotations": [{"image_id": 1, "category_id": 3, "bbox": [1, 2, 3]}]}, "annotations 0 have no bbox"),
        ({"annotations": [{"image_id": 1, "category_id": 3}]}, "no bbox"),
        ({"annotations": "none"}, "no list of boxes"),
        ({"annotations": [{"image_id": [1], "category_id": 3, "bbox": [1, 2, 3, 4]}]}, r"image_id \[1\]"),
        ({"images": [{"id": [1], "file_name": "a.png"}]}, "image ids missing"),
        (
            {"images": [{"id": 1, "file_name": "x/a.png"}, {"id": 2, "file_name": "y/a.dcm"}]},
            "a is the file of several",
        ),
        ({"images": GOOD["images"] * 2}, "image ids 1, 2"),
        ({"images": [{"file_name": "a.png"}]}, "image ids missing"),
        ({"images": [{"id": 1}]}, "images 1 have no file_name"),
        ({"images": None}, "lists no images"),
        ({"categories": GOOD["categories"] * 2}, "category ids 3, 4"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    with pytest.raises(DataError, match=told):
        read_coco(written(tmp_path, GOOD | change))


def test_segmentations_stand_beside_their_boxes(tmp_path: Path) -> None:
    mask = np.zeros((20, 10), np.uint8)
    mask[3:9, 2:7] = 1
    mask[5, 4] = 0
    packed = encode(np.asfortranarray(mask))
    flat = mask.T.ravel()
    counts = np.diff(np.flatnonzero(np.diff(flat, prepend=0, append=0) != 0), prepend=0).tolist()
    forms = [
        [[1, 2, 5, 2, 5, 6.5]],
        {"size": [20, 10], "counts": packed["counts"].decode()},
        {"size": [20, 10], "counts": [*counts, 99]},
        [],
    ]
    rows = [{"image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4], "segmentation": one} for one in forms]
    boxes = read_coco(written(tmp_path, GOOD | {"annotations": rows})).boxes
    assert boxes.outline.tolist()[0] == "1 2 5 2 5 6.5"
    assert boxes.outline.isna().tolist() == [False, True, True, True]
    for place in (1, 2):
        assert np.array_equal(decode_runs(boxes.rle[place], 20, 10, boxes.rle_order[place]), mask.astype(bool))
    assert boxes.rle.isna().tolist() == [True, False, False, True]


@pytest.mark.parametrize("wrong", [[[1, 2, 3]], [[1, 2, 3, 4, 5, "x"]], 7, {"counts": [1, -2]}, {"counts": None}])
def test_a_segmentation_that_is_none_is_named(tmp_path: Path, wrong: object) -> None:
    row = {"image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4], "segmentation": wrong}
    with pytest.raises(DataError, match=r"annotation 0 has the (segmentation|counts)"):
        read_coco(written(tmp_path, GOOD | {"annotations": [row]}))


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds str"):
        read_coco(written(tmp_path, "text"))
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(DataError, match="not readable"):
        read_coco(tmp_path / "broken.json")
