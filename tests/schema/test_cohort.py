"""Cohort: what it fills in, what it refuses with the rows at fault, and what choosing rows keeps."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hilum.schema import Boxes, Cohort, DataError, Findings


def test_columns_left_out_are_filled_as_unknown(images: pd.DataFrame) -> None:
    cohort = Cohort("drawn", images[["image_id", "patient_id", "scanner"]])
    for column in ("study_id", "path", "view", "sex", "split", "age_years", "sequence", "width", "height"):
        assert cohort.images[column].isna().all(), column
    assert cohort.images.scanner.tolist() == ["X", "Y", "X", "Y"]
    assert len(cohort.findings) == 0
    assert cohort.patients == 3


def test_types_do_not_depend_on_what_was_given(cohort: Cohort) -> None:
    assert {str(cohort.images[name].dtype) for name in ("image_id", "patient_id", "path", "view", "split")} == {"str"}
    assert {str(cohort.images[name].dtype) for name in ("age_years", "sequence", "width")} == {"float64"}
    assert set(cohort.labels.dtypes) == {np.dtype("float32")}
    numbered = Cohort("drawn", pd.DataFrame({"image_id": [1, 2], "patient_id": [7, 7]}))
    assert numbered.images.image_id.tolist() == ["1", "2"]


def test_the_given_tables_are_left_alone(images: pd.DataFrame, labels: pd.DataFrame) -> None:
    before = images.copy()
    Cohort("drawn", images.set_index(pd.Index([9, 8, 7, 6])), labels)
    assert images.equals(before)


REFUSED = {
    "no ids": ({"image_id": None}, r"'drawn' lacks the columns image_id\. Expected one row an image"),
    "missing patient": ({"patient_id": ["a", None, "b", None]}, r"no patient_id in rows 1, 3\."),
    "missing id": ({"image_id": ["a0", None, "b0", "c0"]}, r"no image_id in rows 1\."),
    "repeated id": ({"image_id": ["a0", "a0", "b0", "b0"]}, r"2 image ids stand twice: a0, b0\."),
    "unknown split": (
        {"split": ["train", "train", "dev", None]},
        r"unknown split dev of b0\. Expected train, val, test",
    ),
    "unknown view": (
        {"view": ["PA", "frontal", "AP", None]},
        r"unknown view frontal of a1\. Expected PA, AP, FRONTAL, LATERAL",
    ),
    "unknown sex": ({"sex": ["F", "female", "M", "O"]}, r"unknown sex female, O of a1, c0\. Expected F, M"),
    "torn patient": ({"split": ["train", "test", "test", None]}, r"1 patients stand in two splits: a\."),
    "words for ages": (
        {"age_years": [60, "old", 3, 4]},
        r"1 cells of age_years are no numbers, the first 'old' in row 1",
    ),
    "box outside": ({"width": [99, 100, 100, 1]}, r"2 boxes reach outside their image: a0, c0\. Expected x1 <= width"),
    "box of a stranger": ({"image_id": ["z0", "a1", "b0", "c0"]}, r"boxes of 1 images that are not in it: a0\."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_images_that_cannot_be_are_refused_with_the_rows(cohort: Cohort, images: pd.DataFrame, case: str) -> None:
    (column, values), message = *REFUSED[case][0].items(), REFUSED[case][1]
    bent = images.drop(columns=column) if values is None else images.assign(**{column: values})
    with pytest.raises(DataError, match=message):
        replace(cohort, images=bent)


def test_one_box_below_the_image_is_refused(cohort: Cohort, images: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"1 boxes reach outside their image: a0\. .* y1 <= height"):
        replace(cohort, images=images.assign(height=[199, 200, 200, np.nan]))


def test_labels_that_cannot_be_are_refused_with_the_image(cohort: Cohort, labels: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"2 labels outside 1, 0, -1 and missing, the first 0\.5 for Mass of a1"):
        replace(cohort, labels=labels.assign(Mass=[0, 0.5, 2, 0]))
    with pytest.raises(DataError, match=r"1 cells of Mass are no numbers, the first 'yes' in row 2"):
        replace(cohort, labels=labels.assign(Mass=[0, 1, "yes", 0]))
    with pytest.raises(DataError, match=r"3 rows of labels for 4 images"):
        replace(cohort, labels=labels.iloc[:3])
    with pytest.raises(DataError, match="Findings name one thing twice: Effusion, Pleural Effusion"):
        replace(cohort, labels=labels.rename(columns={"Mass": "Pleural Effusion"}))


def test_masks_that_cannot_be_are_refused(cohort: Cohort) -> None:
    assert cohort.masks is not None
    with pytest.raises(DataError, match=r"masks lack structure, path\. Expected image_id, structure, path"):
        replace(cohort, masks=cohort.masks[["image_id"]])
    with pytest.raises(DataError, match=r"masks of 1 images that are not in it: z9\."):
        replace(cohort, masks=cohort.masks.assign(image_id=["a0", "z9"]))


def test_infinite_labels_are_refused(cohort: Cohort, labels: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="the first inf for Mass of a0"):
        replace(cohort, labels=labels.assign(Mass=[np.inf, 0, 0, 0]))


def test_choosing_rows_takes_labels_boxes_and_masks_along(cohort: Cohort) -> None:
    chosen = cohort.where(cohort.images.scanner == "X", "Scanner X")
    assert chosen.images.image_id.tolist() == ["a0", "b0"]
    assert chosen.labels["Effusion"].tolist() == [1, -1]
    assert chosen.boxes is not None
    assert chosen.masks is not None
    assert chosen.boxes.table.image_id.tolist() == ["a0"]
    assert chosen.masks.image_id.tolist() == ["a0", "b0"]
    assert chosen.notes == ("Drawn for a test.", "Scanner X: 2 of 4 images kept.")
    assert len(cohort) == 4


def test_taking_rows_keeps_their_given_order(cohort: Cohort) -> None:
    taken = cohort.take(np.array([3, 0]), "Turned over.")
    assert taken.images.image_id.tolist() == ["c0", "a0"]
    assert taken.labels["Effusion"].fillna(9).tolist() == [9, 1]
    assert taken.images.index.tolist() == [0, 1]


def test_sides(cohort: Cohort) -> None:
    assert cohort.split("train").images.image_id.tolist() == ["a0", "a1"]
    assert len(cohort.split("train", "test")) == 3
    with pytest.raises(DataError, match=r"no images in split 'val'\. Expected one of: train, test"):
        cohort.split("val")
    with pytest.raises(DataError, match="It has no split"):
        Cohort("drawn", cohort.images.assign(split=None)).split("train")


def test_with_files(cohort: Cohort) -> None:
    assert cohort.with_files().images.image_id.tolist() == ["a0", "b0"]
    assert cohort.with_files().with_files().notes == cohort.with_files().notes  # nothing to drop, nothing to say
    with pytest.raises(DataError, match="none of its 4 images has a file under /data"):
        replace(cohort, images=cohort.images.assign(path=None), root=Path("/data")).with_files()


def test_labels_for_another_vocabulary(cohort: Cohort) -> None:
    wanted = cohort.labels_for(Findings(("Nodule", "Pleural Effusion", "mass")))
    assert wanted.shape == (4, 3)
    assert wanted.dtype == np.float32
    assert np.isnan(wanted[:, 0]).all()
    assert wanted[:, 1:].tolist()[:3] == [[1, 0], [0, 1], [-1, 0]]
    assert np.isnan(wanted[3, 1])


def test_boxes_on_a_scaled_copy(cohort: Cohort) -> None:
    edges = ["x0", "y0", "x1", "y1"]
    assert cohort.boxes_on("a0", width=50, height=50)[edges].to_numpy().tolist() == [[0, 0, 50, 50]]
    assert cohort.boxes_on("c0", width=50, height=50)[edges].to_numpy().tolist() == [[5, 5, 9000, 50]]  # size not known
    assert len(cohort.boxes_on("b0", width=50, height=50)) == 0
    assert len(replace(cohort, boxes=None).boxes_on("a0", width=50, height=50)) == 0


def test_boxes_alone_refuse_what_has_no_area() -> None:
    corners = {"image_id": ["a", "b", "c", "d"], "finding": "Mass", "x0": [0, 5, -1, np.nan], "y0": 0, "x1": 5, "y1": 5}
    with pytest.raises(DataError, match=r"3 boxes have no area or a negative corner: b, c, d\."):
        Boxes(pd.DataFrame(corners))
    with pytest.raises(DataError, match=r"Boxes lack the columns finding, y1\."):
        Boxes(pd.DataFrame(corners).drop(columns=["finding", "y1"]))


def test_boxes_keep_further_columns_and_find_their_image(boxes: Boxes) -> None:
    told = Boxes(boxes.table.assign(reader=["R1", "R2"]))
    assert told.of("c0").reader.tolist() == ["R2"]
    assert len(told.of("none")) == 0
    assert told.among(pd.Series(["a0", "x"])).table.image_id.tolist() == ["a0"]
    assert len(told.among(pd.Series(["x"])).among(pd.Series(["x"]))) == 0
    assert len(told) == 2
