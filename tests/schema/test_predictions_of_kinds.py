"""Boxes and masks as Predictions, the header that all kinds share, and files that are broken."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hilum.schema import (
    AnyPredictions,
    Boxes,
    BoxPredictions,
    DataError,
    Header,
    LabelPredictions,
    MaskPredictions,
    load_predictions,
)
from hilum.schema.files import write_table
from hilum.schema.predictions import KINDS

BOX = {"image_id": "a", "finding": "Mass", "x0": 1.0, "y0": 2.0, "x1": 5.0, "y1": 8.0, "score": 0.7}
HEADER = Header(("a", "b"), {"run": "r1"}, pd.DataFrame({"image_id": ["z"], "reason": ["cut"]}, dtype="str"))


def of_every_kind() -> list[AnyPredictions]:
    labels = pd.DataFrame({"image_id": ["a", "b"], "Mass": [0.25, np.nan]})
    masks = pd.DataFrame({"image_id": ["b"], "structure": ["heart"], "rle": ["1 4"]})
    return [
        LabelPredictions(labels, HEADER.provenance, HEADER.failures),
        BoxPredictions(Boxes(pd.DataFrame([BOX])), HEADER),
        MaskPredictions(masks, HEADER),
    ]


def test_every_kind_comes_back_from_its_file_with_the_same_header(tmp_path: Path) -> None:
    assert {one.kind for one in of_every_kind()} == set(KINDS)
    for one in of_every_kind():
        one.save(tmp_path / "p.parquet")
        again = load_predictions(tmp_path / "p.parquet")
        assert type(again) is type(one)
        assert len(again) == 2
        assert again.header.image_ids == ("a", "b")
        assert again.provenance == {"run": "r1"}
        assert again.failures.to_dict("records") == [{"image_id": "z", "reason": "cut"}]


def test_an_image_without_boxes_was_still_read(tmp_path: Path) -> None:
    empty = Boxes(pd.DataFrame([BOX]).iloc[:0])
    BoxPredictions(empty, HEADER).save(tmp_path / "p.parquet")
    again = load_predictions(tmp_path / "p.parquet")
    assert isinstance(again, BoxPredictions)
    assert (len(again), len(again.boxes)) == (2, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": None}, "1 predicted boxes have no score in"),
        ({"score": 1.5}, "1 predicted boxes have no score in"),
        ({"score": "high"}, "scores that are no numbers"),
        ({"image_id": "c"}, "1 images that their header does not name: c"),
    ],
)
def test_boxes_that_are_no_predictions_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        BoxPredictions(Boxes(pd.DataFrame([BOX | change])), HEADER)
    with pytest.raises(DataError, match="lack the column score"):
        BoxPredictions(Boxes(pd.DataFrame([BOX]).drop(columns="score")), HEADER)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"image_id": ["a"], "path": ["a.png"]}, "Expected image_id, structure"),
        ({"image_id": ["a"], "structure": ["heart"]}, "and path or rle"),
        ({"image_id": ["a"], "structure": ["heart"], "path": [None]}, "1 predicted masks have no region: a"),
        ({"image_id": ["a", "a"], "structure": ["heart"] * 2, "path": ["1.png", "2.png"]}, "stand twice: a"),
        ({"image_id": ["c"], "structure": ["heart"], "path": ["c.png"]}, "does not name: c"),
    ],
)
def test_masks_that_are_no_predictions_are_refused(table: dict[str, list[object]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        MaskPredictions(pd.DataFrame(table), HEADER)


def test_a_header_names_each_image_once() -> None:
    with pytest.raises(DataError, match="1 image ids twice: a"):
        Header(("a", "a"))
    with pytest.raises(DataError, match="no image id in rows 1"):
        Header(("a", ""))


def test_one_kind_is_not_read_as_another(tmp_path: Path) -> None:
    labels, boxes, _ = of_every_kind()
    boxes.save(tmp_path / "boxes.parquet")
    labels.save(tmp_path / "labels.parquet")
    with pytest.raises(DataError, match="holds predicted boxes, expected labels"):
        LabelPredictions.load(tmp_path / "boxes.parquet")
    with pytest.raises(DataError, match="holds no predicted masks, but 'boxes'"):
        MaskPredictions.load(tmp_path / "boxes.parquet")
    with pytest.raises(DataError, match="holds no predicted boxes, but 'labels'"):
        BoxPredictions.load(tmp_path / "labels.parquet")


def test_a_name_says_what_is_written(tmp_path: Path) -> None:
    labels, boxes, _ = of_every_kind()
    labels.save(tmp_path / "p.csv")
    assert (tmp_path / "p.csv").read_text().splitlines() == ["image_id,Mass", "a,0.25", "b,"]
    assert load_predictions(tmp_path / "p.csv").header.image_ids == ("a", "b")
    with pytest.raises(DataError, match=r"p\.txt: Predictions are written as"):
        labels.save(tmp_path / "p.txt")
    with pytest.raises(DataError, match=r"p\.csv: predicted boxes are written as \.parquet"):
        boxes.save(tmp_path / "p.csv")


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"kind": "lines"}, "kind 'lines'. Expected one of: labels, boxes, masks"),
        ({"kind": ["labels"]}, "kind \\['labels'\\]"),
        ({"provenance": "r1"}, "provenance is str, expected a mapping"),
        ({"provenance": {}, "failures": {"a": 1}}, "failures are no list"),
        ({"provenance": {}, "failures": [["a", "b"]]}, "failures are no list"),
        ({"kind": "boxes"}, "names no list of image_ids"),
        ({"kind": "boxes", "header": {"image_ids": ["a", 3]}}, "names no list of image_ids"),
        ({"kind": "masks", "header": {"image_ids": ["a"]}}, "Expected image_id, structure"),
        ({"kind": "boxes", "header": {"image_ids": ["a"]}}, "Boxes lack the columns"),
    ],
)
def test_a_header_that_says_something_else_is_refused_by_file(
    tmp_path: Path, attributes: dict[str, object], message: str
) -> None:
    table = pd.DataFrame({"image_id": ["a"], "Mass": [0.5]})
    table.attrs = attributes
    write_table(tmp_path / "p.parquet", table)
    with pytest.raises(DataError, match=rf"p\.parquet: .*{message}"):
        load_predictions(tmp_path / "p.parquet")


def test_a_damaged_file_never_ends_in_a_traceback(tmp_path: Path) -> None:
    path, generator = tmp_path / "p.parquet", np.random.default_rng(0)
    refused = 0
    for one in of_every_kind():
        one.save(path)
        whole = path.read_bytes()
        for place in generator.integers(0, len(whole), 60):
            damaged = bytearray(whole)
            damaged[place] ^= 0xFF
            path.write_bytes(bytes(damaged))
            try:
                load_predictions(path)
            except DataError:
                refused += 1
        for length in (0, 3, len(whole) // 2, len(whole) - 5):
            path.write_bytes(whole[:length])
            with pytest.raises(DataError, match="not a readable"):
                load_predictions(path)
    assert refused > 50


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"image_id,Mass,Mass\na,0.5,0.7\n", "columns Mass stand twice"),
        (b"\xff\xfe\x00image", "no column image_id"),
        (b"image_id,Mass\na,(1+2j)\n", "no numbers in Mass"),
        (b"image_id,Mass\na,0.5\n a ,0.7\n", "1 image ids twice: a"),
        (b"image_id,Mass\n  ,0.5\n", "no image id in rows 0"),
    ],
)
def test_csv_files_that_would_mislead_are_refused(tmp_path: Path, text: bytes, message: str) -> None:
    (tmp_path / "p.csv").write_bytes(text)
    with pytest.raises(DataError, match=rf"p\.csv: .*{message}"):
        load_predictions(tmp_path / "p.csv")


def test_an_id_is_stripped_and_never_taken_for_a_gap(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("image_id,Mass\nNA , 0.5\n nan,\n1.2.840.5,1\n")
    assert load_predictions(tmp_path / "p.csv").header.image_ids == ("NA", "nan", "1.2.840.5")
