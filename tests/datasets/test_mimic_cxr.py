"""MIMIC-CXR-JPG: joins of its tables, two labelers, readers, packed files."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from hilum.datasets import datasets
from hilum.schema import Cohort, ConfigError, DataError

Make = Callable[[str], Path]
mimic_cxr = datasets["mimic_cxr"]


@pytest.fixture
def root(owners_folder: Make) -> Path:
    return owners_folder("mimic_cxr")


@pytest.fixture
def cohort(root: Path) -> Cohort:
    return mimic_cxr(root)


def test_images_join_metadata_and_split(cohort: Cohort) -> None:
    images = cohort.images
    assert images.patient_id.tolist() == ["10900001"] * 3 + ["10900002", "10900003"]
    assert images.study_id.tolist()[:3] == ["59000001", "59000001", "59000002"]
    assert images["view"].fillna("-").tolist() == ["PA", "LATERAL", "AP", "-", "-"]
    assert images.view_position.fillna("-").tolist()[3:] == ["AP LLD", "-"]
    assert images.sequence.tolist() == [0, 0, 1, 0, 0]
    assert images.split.tolist() == ["train", "train", "train", "test", "val"]
    assert images[["height", "width"]].to_numpy()[0].tolist() == [3000, 2500]
    assert images.path.notna().tolist() == [True, False, False, True, False]


def test_a_studys_labels_stand_on_each_of_its_images(cohort: Cohort) -> None:
    labels = cohort.labels
    assert labels["No Finding"].fillna(9).tolist() == [1, 1, 9, 9, 9]
    assert labels["Cardiomegaly"].fillna(9).tolist() == [9, 9, -1, 9, 9]
    assert labels["Consolidation"].fillna(9).tolist() == [9, 9, 0, 1, 9]
    note = next(note for note in cohort.notes if "chexpert.csv" in note)
    assert "3 studies by the chexpert labeler; 1 images are of studies not in it; 2 labels are uncertain" in note


def test_the_other_labeler_and_the_readers(root: Path) -> None:
    negbio = mimic_cxr(root, labeler="negbio")
    assert negbio.labels["Pneumonia"].fillna(9).tolist() == [9, 9, 9, 1, 9]
    read = mimic_cxr(root, readers=True)
    assert read.labels["Atelectasis"].fillna(9).tolist() == [9, 9, 9, 0, 9]
    assert read.labels["Lung Opacity"].fillna(9).tolist() == [9, 9, 1, 1, 9]  # they write Airspace Opacity
    assert read.labels["Cardiomegaly"].fillna(9).tolist()[2] == -1  # the train side keeps the labeler's
    assert "1 test images carry the radiologist's labels." in read.notes
    with pytest.raises(ConfigError, match="no labeler 'chexbert'"):
        mimic_cxr(root, labeler="chexbert")


def test_packed_tables_read_alike(root: Path, cohort: Cohort) -> None:
    for path in root.glob("*.csv"):
        with gzip.open(f"{path}.gz", "wt") as packed:
            packed.write(path.read_text())
        path.unlink()
    again = mimic_cxr(root)
    assert again.images.equals(cohort.images)
    assert again.labels.equals(cohort.labels)


def test_sex_and_age_come_from_mimic_iv(root: Path) -> None:
    (root / "patients.csv").write_text(
        "subject_id,gender,anchor_age,anchor_year,anchor_year_group,dod\n10900001,F,52,2188,2014 - 2016,\n"
    )
    images = mimic_cxr(root).images
    assert images.sex.fillna("-").tolist() == ["F", "F", "F", "-", "-"]
    assert images.age_years.fillna(-1).tolist() == [54, 54, 54, -1, -1]


def test_without_a_split_it_is_not_known(root: Path) -> None:
    (root / "mimic-cxr-2.0.0-split.csv").unlink()
    cohort = mimic_cxr(root)
    assert cohort.images.split.isna().all()
    assert any("split.csv* is not there: the split is not known." in note for note in cohort.notes)


def test_a_study_labeled_twice_is_refused(root: Path) -> None:
    path = root / "mimic-cxr-2.0.0-chexpert.csv"
    path.write_text(path.read_text() + path.read_text().splitlines()[1] + "\n")
    with pytest.raises(DataError, match=r"chexpert\.csv: a study stands twice"):
        mimic_cxr(root)
