"""Boxes of a table of one's own, as COCO's JSON and YOLO's text files."""

import json
from pathlib import Path

import pytest

from hilum.datasets import datasets
from hilum.schema import Cohort, DataError

TABLE = "id,who,mass,w,h\na,p,1,100,200\nb,q,0,100,200\n"
YAML = """name: own
table: images.csv
columns: {image_id: id, patient_id: who, width: w, height: h}
findings: {Mass: mass}
boxes: BOXES
"""


def own(folder: Path, boxes: str, table: str = TABLE) -> Cohort:
    (folder / "images.csv").write_text(table)
    (folder / "table.yaml").write_text(YAML.replace("BOXES", boxes))
    return datasets["table"](folder)


def coco(folder: Path, image_id: int = 7) -> None:
    held = {
        "images": [{"id": 7, "file_name": "x/a.png"}, {"id": 8, "file_name": "zzz.png"}],
        "categories": [{"id": 1, "name": "Mass"}],
        "annotations": [
            {"image_id": image_id, "category_id": 1, "bbox": [1, 2, 10, 20]},
            {"image_id": 8, "category_id": 1, "bbox": [1, 2, 10, 20]},
            {"image_id": 7, "category_id": 1, "bbox": [1, 2, 0, 20]},
            {"image_id": 7, "category_id": 1, "bbox": [1, 2, 10, 20]},
        ],
    }
    (folder / "instances.json").write_text(json.dumps(held))


def test_coco(tmp_path: Path) -> None:
    coco(tmp_path)
    cohort = own(tmp_path, "{coco: instances.json}")
    assert cohort.boxes is not None
    assert cohort.boxes.table.iloc[0].tolist() == ["a", "Mass", 1, 2, 11, 22]
    assert len(cohort.boxes) == 1
    notes = " ".join(cohort.notes)
    for words in ("1 of images that are not listed", "1 boxes are none", "1 boxes stand twice"):
        assert words in notes
    coco(tmp_path, image_id=99)
    with pytest.raises(DataError, match="image_id 99"):
        own(tmp_path, "{coco: instances.json}")


def test_cocos_segmentations_come_along(tmp_path: Path) -> None:
    coco(tmp_path)
    held = json.loads((tmp_path / "instances.json").read_text())
    held["annotations"][0]["segmentation"] = [[1, 2, 11, 2, 11, 22]]
    (tmp_path / "instances.json").write_text(json.dumps(held))
    cohort = own(tmp_path, "{coco: instances.json}")
    assert cohort.boxes is not None
    assert cohort.boxes.table.outline.tolist() == ["1 2 11 2 11 22"]


def test_yolo(tmp_path: Path) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    (labels / "a.txt").write_text("0 0.5 0.5 0.2 0.1\n1 0.95 0.5 0.2 0.1\n")
    (labels / "b.txt").write_text("")
    (labels / "c.txt").write_text("0 0.5 0.5 0.2 0.1\n")
    cohort = own(tmp_path, "{yolo: labels, names: [Mass, Nodule]}")
    assert cohort.boxes is not None
    assert cohort.boxes.table[["x0", "y0", "x1", "y1"]].round(6).to_numpy().tolist() == [
        [40, 90, 60, 110],
        [85, 90, 100, 110],
    ]
    assert cohort.boxes.table.finding.tolist() == ["Mass", "Nodule"]
    assert "1 of images that are not listed are left out" in " ".join(cohort.notes)


@pytest.mark.parametrize(
    ("line", "told"),
    [("2 0.5 0.5 0.1 0.1", "classes 2"), ("0 0.5 0.5 0.1", "lines 1 do not hold"), ("0 x 0.5 0.1 0.1", "no number")],
)
def test_yolo_lines_that_are_none(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text(line)
    with pytest.raises(DataError, match=told):
        own(tmp_path, "{yolo: labels, names: [Mass, Nodule]}")


def test_yolo_needs_sizes(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("0 0.5 0.5 0.1 0.1")
    with pytest.raises(DataError, match="size of a is not known"):
        own(tmp_path, "{yolo: labels, names: [Mass]}", TABLE.replace("100,200", ","))
    with pytest.raises(DataError, match="no such folder"):
        own(tmp_path, "{yolo: nothing, names: [Mass]}")
