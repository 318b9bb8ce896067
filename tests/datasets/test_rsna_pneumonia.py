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
    assert cohort.images[["view", "sex", "age_years"]].isna().all(axis=None)
    (root / "stage_2_train_metadata.csv").write_text(
        f"PatientID,PatientSex,PatientAge,ViewPosition\n{STEM}3,F,51,PA\n{STEM}1,M,155,AP\n"
    )
    images = rsna_pneumonia(root).images
    assert images.age_years.fillna(-1).tolist() == [155, -1, 51]
    assert images.age_implausible.tolist() == [True, False, False]
    assert images.sex.fillna("-").tolist() == ["M", "-", "F"]
    assert images["view"].fillna("-").tolist() == ["AP", "-", "PA"]


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


@pytest.mark.real
def test_the_real_images(real_data: Path) -> None:
    cohort = rsna_pneumonia(real_data / "rsna")
    assert (len(cohort), int((cohort.labels == 1).to_numpy().sum())) == (700, 251)
    assert cohort.images.path.notna().all()
    assert cohort.boxes is not None
    assert len(cohort.boxes) == 402
