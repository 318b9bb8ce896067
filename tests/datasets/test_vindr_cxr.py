"""VinDr-CXR: several readers, how they are put together, and their boxes kept apart."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hilum.datasets import datasets
from hilum.schema import Cohort, ConfigError, DataError

Make = Callable[[str], Path]
vindr_cxr = datasets["vindr_cxr"]
FIRST, SECOND = "00052e83000000000000000000000001", "00000000000000000000000000000002"


@pytest.fixture
def root(owners_folder: Make) -> Path:
    return owners_folder("vindr_cxr")


@pytest.fixture
def cohort(root: Path) -> Cohort:
    return vindr_cxr(root)


def test_one_row_a_image_by_any_reader(cohort: Cohort) -> None:
    assert cohort.images.image_id.tolist()[0] == FIRST  # an id that looks like a number stays a text
    assert cohort.images.split.tolist() == ["train", "train", "test"]
    assert cohort.images.readers.tolist() == [3, 3, 1]
    assert len(cohort.findings) == 28
    assert cohort.labels["Aortic enlargement"].tolist() == [1, 0, 0]
    assert cohort.labels["Cardiomegaly"].tolist() == [1, 0, 0]
    assert cohort.labels["No finding"].tolist() == [0, 1, 0]
    assert cohort.labels["Other diseases"].tolist() == [0, 0, 1]  # the test table writes Other disease
    assert "2 labels on which readers differ are settled by any." in cohort.notes


def test_the_majority_needs_two_of_three(root: Path) -> None:
    labels = vindr_cxr(root, agree="majority").labels
    assert labels["Aortic enlargement"].tolist() == [1, 0, 0]
    assert labels["Cardiomegaly"].tolist() == [0, 0, 0]
    with pytest.raises(ConfigError, match="Expected any or majority"):
        vindr_cxr(root, agree="loudest")


def test_boxes_keep_their_reader(cohort: Cohort) -> None:
    assert cohort.boxes is not None
    boxes = cohort.boxes.of(FIRST)
    assert boxes.reader.tolist() == ["R8", "R9", "R8"]
    assert boxes.finding.tolist() == ["Aortic enlargement", "Aortic enlargement", "Cardiomegaly"]
    assert boxes.x1.tolist() == [1521.9, 1530.0, 2001.0]
    assert len(cohort.boxes) == 4
    assert any("1 boxes without area and 1 of images that are not listed are left out" in note for note in cohort.notes)


def test_the_challenges_release_has_labels_by_boxes_only(root: Path) -> None:
    lines = (root / "annotations" / "annotations_train.csv").read_text().splitlines()
    rows = [line.split(",") for line in lines[1:]]
    challenge = [[row[0], row[2], "0", row[1], *row[3:]] for row in rows]
    header = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max"
    (root / "train.csv").write_text("\n".join([header, *map(",".join, challenge)]) + "\n")
    (root / "annotations").rename(root / "aside")
    cohort = vindr_cxr(root)
    assert dict(zip(cohort.images.image_id, cohort.images.readers, strict=True)) == {FIRST: 2, SECOND: 1}
    assert len(cohort.findings) == 15
    assert set(cohort.images.image_id[cohort.labels["Cardiomegaly"] == 1]) == {FIRST}
    assert set(cohort.images.image_id[cohort.labels["No finding"] == 1]) == {SECOND}
    assert (vindr_cxr(root, agree="majority").labels["Cardiomegaly"] == 0).all()


def test_sizes_of_the_originals_scale_boxes_on_a_copy(root: Path) -> None:
    (root / "train_meta.csv").write_text(f"image_id,dim0,dim1\n{FIRST},2880,2304\n")
    cohort = vindr_cxr(root)
    assert cohort.images.height.fillna(-1).tolist() == [2880, -1, -1]  # dim0 counts rows
    assert cohort.images.width.fillna(-1).tolist() == [2304, -1, -1]
    small = cohort.boxes_on(FIRST, width=256, height=512)
    assert small.x0.iloc[0] == pytest.approx(1329.7 * 256 / 2304)
    assert small.y1.iloc[0] == pytest.approx(958.4 * 512 / 2880)
    assert any("The original size of 1 of 3 images is known" in note for note in cohort.notes)


def test_sizes_in_the_table_of_boxes(root: Path) -> None:
    path = root / "annotations" / "annotations_train.csv"
    header, *rows = path.read_text().splitlines()
    sized = [f"{row},2304,2880" for row in rows]
    path.write_text("\n".join([f"{header},width,height", *sized]) + "\n")
    images = vindr_cxr(root).images
    assert images.width.fillna(-1).tolist() == [2304, 2304, -1]
    assert images.height.fillna(-1).tolist() == [2880, 2880, -1]
    path.write_text("\n".join([f"{header},dim1,dim0", *sized]) + "\n")
    assert vindr_cxr(root).images.width.equals(images.width)


def test_sizes_that_do_not_hold_the_boxes_are_refused(root: Path) -> None:
    (root / "train_meta.csv").write_text(f"image_id,dim0,dim1\n{FIRST},512,512\n")
    with pytest.raises(DataError, match=f"boxes reach outside their image: {FIRST}"):
        vindr_cxr(root)


def test_the_challenges_test_images_stay_frontal(cohort: Cohort) -> None:
    assert (cohort.images["view"] == "FRONTAL").all()


def test_words_in_boxes_and_readings_are_counted(root: Path) -> None:
    for name in ("annotations_train.csv", "image_labels_train.csv"):
        path = root / "annotations" / name
        path.write_text(
            path.read_text().replace("1329.7", "left").replace(f"{FIRST},R8,1,0,0,1", f"{FIRST},R8,1,yes,0,1")
        )
    cohort = vindr_cxr(root)
    assert cohort.boxes is not None
    assert len(cohort.boxes) == 3
    assert cohort.labels["Atelectasis"].tolist() == [0, 0, 0]
    notes = "\n".join(cohort.notes)
    assert "'left' 1 times" in notes
    assert "'yes' 1 times" in notes
    assert "1 boxes lack a number of their place and are left out." in notes
