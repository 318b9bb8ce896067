"""RSNA Pneumonia: three classes, several boxes an image, and who the patients are."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hilum.datasets import datasets
from hilum.schema import Cohort, DataError

Make = Callable[[str], Path]
rsna_pneumonia = datasets["rsna_pneumonia"]
STEM = "00000000-0000-4000-8000-00000000000"


@pytest.fixture
def root(owners_folder: Make) -> Path:
    return owners_folder("rsna_pneumonia")


@pytest.fixture
def cohort(root: Path) -> Cohort:
    return rsna_pneumonia(root)


def test_one_row_a_image_with_its_class(cohort: Cohort) -> None:
    assert cohort.images.image_id.tolist() == [f"{STEM}1", f"{STEM}2", f"{STEM}3"]
    assert cohort.labels["Lung Opacity"].tolist() == [0, 0, 1]
    assert cohort.images.rsna_class.tolist() == ["No Lung Opacity / Not Normal", "Normal", "Lung Opacity"]
    assert "Classes: 1 Lung Opacity, 1 No Lung Opacity / Not Normal, 1 Normal." in cohort.notes
    assert (cohort.images[["width", "height"]] == 1024).all(axis=None)


def test_boxes_are_corners(cohort: Cohort) -> None:
    assert cohort.boxes is not None
    boxes = cohort.boxes.of(f"{STEM}3")
    assert boxes[["x0", "y0", "x1", "y1"]].to_numpy().tolist() == [[264, 152, 477, 531], [562, 152, 818, 605]]
    assert set(boxes.finding) == {"Lung Opacity"}


def test_images_without_labels_are_left_out_aloud_or_taken_in(root: Path, cohort: Cohort) -> None:
    assert any("1 test images have no labels and are left out" in note for note in cohort.notes)
    whole = rsna_pneumonia(root, unlabeled=True)
    assert len(whole) == 4
    assert whole.images.split.tolist() == ["train", "train", "train", "test"]
    assert whole.labels["Lung Opacity"].isna().tolist() == [False, False, False, True]
    (root / "stage_2_sample_submission.csv").unlink()
    with pytest.raises(DataError, match="stage_2_sample_submission"):
        rsna_pneumonia(root, unlabeled=True)


def test_facts_come_from_a_table_of_headers_with_ages_as_51(root: Path, cohort: Cohort) -> None:
    assert cohort.images[["sex", "age_years"]].isna().all(axis=None)
    assert (cohort.images["view"] == "FRONTAL").all()  # all are, whether AP or PA
    (root / "stage_2_train_metadata.csv").write_text(
        f"PatientID,PatientSex,PatientAge,ViewPosition\n{STEM}3,F,51,PA\n{STEM}1,M,155,AP\n"
    )
    images = rsna_pneumonia(root).images
    assert images.age_years.fillna(-1).tolist() == [155, -1, 51]
    assert images.age_implausible.tolist() == [True, False, False]
    assert images.sex.fillna("-").tolist() == ["M", "-", "F"]
    assert images["view"].tolist() == ["AP", "FRONTAL", "PA"]


def test_patients_are_nihs_when_the_mapping_is_there(root: Path, cohort: Cohort) -> None:
    assert cohort.images.patient_id.equals(cohort.images.image_id)
    assert any("may part a real patient" in note for note in cohort.notes)
    mapping = [
        {"subset_img_id": f"{STEM}1", "img_id": "00000013_005.png"},
        {"subset_img_id": f"{STEM}3", "img_id": "00000013_020.png"},
    ]
    path = root / "pneumonia-challenge-dataset-mappings_2018.json"
    path.write_text(json.dumps(mapping))
    images = rsna_pneumonia(root).images
    assert images.patient_id.tolist() == ["13", f"{STEM}2", "13"]
    assert images.nih_image_id.fillna("-").tolist() == ["00000013_005", "-", "00000013_020"]
    assert images.sequence.fillna(-1).tolist() == [5, -1, 20]
    path.write_text('[{"image": 1}]')
    with pytest.raises(DataError, match="not RSNA's mapping"):
        rsna_pneumonia(root)


def test_a_class_of_no_meaning_is_refused(root: Path) -> None:
    path = root / "stage_2_detailed_class_info.csv"
    path.write_text(path.read_text().replace(",Normal", ",Healthy"))
    with pytest.raises(DataError, match=r"stage_2_detailed_class_info\.csv: expected one class .* found Healthy"):
        rsna_pneumonia(root)


def test_the_copy_as_png_has_one_table_of_all(root: Path, tmp_path: Path, cohort: Cohort) -> None:
    copy = tmp_path / "copy"
    (copy / "Training" / "Images").mkdir(parents=True)
    (copy / "Training" / "Masks").mkdir()
    (copy / "Test").mkdir()
    for place in ("Training/Images", "Training/Masks"):
        (copy / place / f"{STEM}3.png").touch()
    (copy / "Test" / f"{STEM}4.png").touch()
    (copy / "stage2_train_metadata.csv").write_text(
        "patientId,x,y,width,height,Target,class,age,sex,modality,position\n"
        f"{STEM}1,,,,,0,No Lung Opacity/Not Normal,51,M,CR,AP\n{STEM}2,,,,,0,Normal,48,F,CR,PA\n"
        f"{STEM}3,264.0,152.0,213.0,379.0,1,Lung Opacity,19,M,CR,AP\n"
        f"{STEM}3,562.0,152.0,256.0,453.0,1,Lung Opacity,19,M,CR,AP\n"
    )
    (copy / "stage2_test_metadata.csv").write_text(
        f"patientId,PredictionString,age,sex,modality,position\n{STEM}4,0.5 0 0 100 100,33,F,CR,PA\n"
    )
    again = rsna_pneumonia(copy, unlabeled=True)
    assert again.images.image_id.tolist() == [f"{STEM}{last}" for last in (1, 2, 3, 4)]
    assert again.images.split.tolist() == ["train", "train", "train", "test"]
    assert again.images.path.notna().tolist() == [False, False, True, True]
    assert "Masks" not in again.images.path[2]
    assert again.images["view"].tolist() == ["AP", "PA", "AP", "PA"]
    assert again.images.age_years.tolist() == [51, 48, 19, 33]
    assert again.images.rsna_class.tolist()[:3] == cohort.images.rsna_class.tolist()
    assert again.labels["Lung Opacity"].iloc[:3].equals(cohort.labels["Lung Opacity"])
    assert again.boxes is not None
    assert cohort.boxes is not None
    assert again.boxes.table.equals(cohort.boxes.table)
    assert len(rsna_pneumonia(copy)) == 3


def test_a_word_in_a_box_or_target_is_counted(root: Path) -> None:
    path = root / "stage_2_train_labels.csv"
    path.write_text(path.read_text().replace("264.0", "wide").replace("2,,,,,0", "2,1,1,5,5,maybe"))
    cohort = rsna_pneumonia(root)
    assert cohort.boxes is not None
    assert len(cohort.boxes) == 1
    assert cohort.labels["Lung Opacity"].fillna(9).tolist() == [0, 9, 1]
    notes = "\n".join(cohort.notes)
    assert "'wide' 1 times" in notes
    assert "'maybe' 1 times" in notes
    assert "1 rows of target 1 lack a number of their box's place, 1 boxes stand beside another target" in notes


def test_two_targets_of_one_image_are_refused(root: Path) -> None:
    path = root / "stage_2_train_labels.csv"
    path.write_text(path.read_text() + f"{STEM}1,1,1,5,5,1\n")
    with pytest.raises(DataError, match=f"1 images have two targets: {STEM}1"):
        rsna_pneumonia(root)


@pytest.mark.real
def test_the_real_images(real_data: Path) -> None:
    cohort = rsna_pneumonia(real_data / "rsna")
    assert (len(cohort), int((cohort.labels == 1).to_numpy().sum())) == (700, 251)
    assert cohort.images.path.notna().all()
    assert cohort.boxes is not None
    assert len(cohort.boxes) == 402
