"""COCO files with wrong ids, wrong boxes, wrong everything."""

import json
from pathlib import Path
from typing import Any

import pytest

from hilum.schema import DataError
from hilum.schema.coco import read_coco

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


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds str"):
        read_coco(written(tmp_path, "text"))
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(DataError, match="not readable"):
        read_coco(tmp_path / "broken.json")
