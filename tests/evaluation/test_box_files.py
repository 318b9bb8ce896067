"""Files of boxes: each format there and back, and what its reader refuses."""

import json
from pathlib import Path

import pandas as pd
import pytest

from hilum.evaluation.box_files import holds_boxes, load_boxes, save_boxes
from hilum.evaluation.box_formats import box_formats
from hilum.schema import Boxes, BoxPredictions, Cohort, ConfigError, DataError, Header

ROWS = [("b", "Lung Opacity", 1.5, 2, 30, 40, 0.25), ("a", "Lung Opacity", 5, 5, 9, 9, 0.75)]
NAMES = ["image_id", "finding", "x0", "y0", "x1", "y1", "score"]
PREDICTIONS = BoxPredictions(Boxes(pd.DataFrame(ROWS, columns=NAMES)), Header(("a", "b", "0012")))
COHORT = Cohort(
    "drawn", pd.DataFrame({"image_id": ["a", "b", "0012"], "patient_id": "p", "width": 50.0, "height": 60.0})
)
FILES = {"coco_json": "boxes.json", "box_table": "boxes.csv", "rsna_submission": "submission.csv"}


def test_every_format_has_its_case() -> None:
    assert set(FILES) == set(box_formats)
    assert all(len(box_formats.summary(name)) > 20 for name in box_formats)


@pytest.mark.parametrize("form", list(FILES))
def test_there_and_back(tmp_path: Path, form: str) -> None:
    path = tmp_path / FILES[form]
    save_boxes(PREDICTIONS, path, form=form, cohort=COHORT)
    assert holds_boxes(path)
    back = load_boxes(path)
    keys = ["image_id", "x0"]
    pd.testing.assert_frame_equal(
        back.boxes.table.sort_values(keys, ignore_index=True)[NAMES],
        PREDICTIONS.boxes.table.sort_values(keys, ignore_index=True)[NAMES],
    )
    assert set(back.header.image_ids) == {"a", "b", "0012"}
    empty = BoxPredictions(Boxes(PREDICTIONS.boxes.table[:0]), Header(("a",)))
    save_boxes(empty, path, form=form)
    assert load_boxes(path).header.image_ids == ("a",)
    assert len(load_boxes(path).boxes) == 0


def test_ours_keeps_all(tmp_path: Path) -> None:
    path = tmp_path / "boxes.parquet"
    save_boxes(PREDICTIONS, path)
    assert holds_boxes(path)
    assert load_boxes(path).header.image_ids == ("a", "b", "0012")
    with pytest.raises(ConfigError, match=r"\.parquet, \.json or \.csv"):
        save_boxes(PREDICTIONS, tmp_path / "boxes.txt")


def test_what_a_table_does_not_name_counts_as_read(tmp_path: Path) -> None:
    path = tmp_path / "boxes.csv"
    path.write_text("image_id,finding,x,y,width,height,score\na,Mass,1,2,3,4,0.5\n")
    held = load_boxes(path, COHORT)
    assert held.boxes.table[NAMES[2:6]].iloc[0].tolist() == [1, 2, 4, 6]
    assert held.header.image_ids == ("a", "b", "0012")
    assert held.provenance["images_without_a_row"] == 2
    assert load_boxes(path).header.image_ids == ("a",)


HEAD = "image_id,finding,x0,y0,x1,y1,score\na,Mass,1,1,2,2,0.5\n"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("b,Mass,1,1,wide,2,0.5", "x1 that is no number: b .box 2"),
        ("b,Mass,nan,1,3,2,0.5", "x0 that is no number"),
        ("b,Mass,5,1,3,2,0.5", "swapped corners: b .box 2"),
        ("b,Mass,3,1,3,2,0.5", "no area"),
        ("b,Mass,1,1,3,2,1.5", "outside .0, 1.: b"),
        ("b,Mass,1,1,3,2,", "score that is no number"),
        ("b,,1,1,3,2,0.5", "name no finding"),
        (",Mass,1,1,3,2,0.5", "name no image"),
    ],
)
def test_what_is_no_box_is_refused(tmp_path: Path, row: str, told: str) -> None:
    path = tmp_path / "boxes.csv"
    path.write_text(f"{HEAD}{row}\n")
    with pytest.raises(DataError, match=told):
        load_boxes(path)


def test_what_reaches_over_the_edge_is_cut_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "boxes.csv"
    path.write_text(f"{HEAD}b,Mass,-5,1,3,2,0.5\nb,Mass,-5,-5,-1,2,0.5\n")
    held = load_boxes(path)
    assert held.boxes.table.x0.tolist() == [1, 0]
    assert (held.provenance["boxes_cut"], held.provenance["boxes_beyond"]) == (1, 1)


def test_a_submission_s_strings_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "submission.csv"
    path.write_text("patientId,PredictionString\na,0.5 1 2 3 4 0.25 5 6 7 8\nb,\n")
    held = load_boxes(path)
    assert held.boxes.table[NAMES[2:]].to_numpy().tolist() == [[1, 2, 4, 6, 0.5], [5, 6, 12, 14, 0.25]]
    for text, told in (
        ("a,0.5 1 2 3\n", "a has 4 numbers"),
        ("a,\na,\n", "stand twice"),
        ("a,0.5 1 2 x 4\n", "no number"),
    ):
        path.write_text(f"patientId,PredictionString\n{text}")
        with pytest.raises(DataError, match=told):
            load_boxes(path)
    two = PREDICTIONS.boxes.table.assign(finding=["Mass", "Nodule"])
    with pytest.raises(DataError, match="one finding alone"):
        save_boxes(BoxPredictions(Boxes(two), PREDICTIONS.header), path, form="rsna_submission")


def test_a_list_of_results_needs_names(tmp_path: Path) -> None:
    path, names = tmp_path / "results.json", tmp_path / "instances.json"
    results = [{"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}]
    path.write_text(json.dumps(results))
    with pytest.raises(DataError, match="image_id 7, which nothing names"):
        load_boxes(path)
    listing = {"images": [{"id": 7, "file_name": "x/a.png"}, {"id": 8, "file_name": "b.png"}],
               "categories": [{"id": 1, "name": "Mass"}]}  # fmt: skip
    names.write_text(json.dumps(listing))
    held = load_boxes(path, coco=names)
    assert held.header.image_ids == ("a", "b")
    assert held.boxes.table[NAMES].iloc[0].tolist() == ["a", "Mass", 1, 2, 4, 6, 0.5]
    path.write_text(json.dumps([results[0] | {"image_id": "a", "category_id": "Mass"}]))
    assert load_boxes(path, COHORT).header.image_ids == ("a", "b", "0012")


def test_other_files_hold_no_boxes(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("image_id,Mass\na,0.5\n")
    assert not holds_boxes(path)
    with pytest.raises(DataError, match="no format known here"):
        load_boxes(path)
    with pytest.raises(DataError, match="no such file"):
        load_boxes(tmp_path / "nothing.csv")
