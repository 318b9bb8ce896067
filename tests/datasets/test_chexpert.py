"""CheXpert: paths, views, uncertainty, and the ways its parts have been published."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hilum.datasets import datasets
from hilum.schema import Cohort, DataError
from hilum.schema.findings import CHEXPERT14

Make = Callable[[str], Path]
chexpert = datasets["chexpert"]


@pytest.fixture
def root(owners_folder: Make) -> Path:
    return owners_folder("chexpert")


@pytest.fixture
def cohort(root: Path) -> Cohort:
    return chexpert(root)


def test_ids_views_and_sides_come_from_path_and_columns(cohort: Cohort) -> None:
    images = cohort.images
    assert images.image_id[0] == "patient90001_study1_view1_frontal"
    assert images.patient_id.tolist()[:4] == ["patient90001", "patient90002", "patient90002", "patient90002"]
    assert images.study_id.tolist()[1:4] == ["patient90002_study2", "patient90002_study1", "patient90002_study1"]
    assert images["view"].fillna("-").tolist() == ["AP", "AP", "PA", "LATERAL", "FRONTAL", "AP", "FRONTAL", "LATERAL"]
    assert images.sex.fillna("-").tolist() == ["F", "F", "F", "F", "-", "M", "-", "-"]
    assert images.age_years.tolist()[:6] == [31, 52, 48, 48, 0, 66]
    assert images.split.tolist() == ["train"] * 5 + ["val", "test", "test"]
    assert images.sequence.isna().all()


def test_four_states_of_a_label_stay_apart(cohort: Cohort) -> None:
    labels = cohort.labels
    assert tuple(labels.columns) == CHEXPERT14
    assert labels["Cardiomegaly"].fillna(9).tolist() == [9, -1, 9, 9, 9, 1, 0, 0]
    assert labels["No Finding"].fillna(9).tolist() == [1, 9, 9, 9, 9, 0, 0, 0]
    uncertain, unsaid = int((labels == -1).to_numpy().sum()), int(np.isnan(labels.to_numpy()).sum())
    assert (uncertain, unsaid) == (7, 70 - 19)
    assert f"{uncertain} labels are uncertain, {unsaid} not mentioned; both are kept apart from absent." in cohort.notes


def test_what_is_there_is_counted_side_by_side(cohort: Cohort) -> None:
    assert cohort.images.path.notna().tolist() == [True, False, True, True, False, True, True, False]
    notes = "\n".join(cohort.notes)
    assert "3 of 5 image files are there." in notes
    assert "train.csv: 5 images are train." in notes
    assert "8 images of 5 patients are listed, 2 lateral." in notes
    assert "1 of 8 images have a sex that counts as unknown: 'unknown' 1 times." in notes


def test_the_folder_above_and_the_full_name_read_alike(tmp_path: Path, root: Path, cohort: Cohort) -> None:
    (tmp_path / "data").mkdir()
    root.rename(tmp_path / "data" / "CheXpert-v1.0")
    above = chexpert(tmp_path / "data")
    assert above.images.drop(columns="path").equals(cohort.images.drop(columns="path"))
    assert above.images.path.notna().equals(cohort.images.path.notna())


def test_the_batches_of_the_full_release(tmp_path: Path, root: Path) -> None:
    first = tmp_path / "full" / "CheXpert-v1.0 batch 1 (validate & csv)"
    first.parent.mkdir()
    root.rename(first)
    (first / "train").rename(tmp_path / "full" / "CheXpert-v1.0 batch 2 (train 1)")
    images = chexpert(tmp_path / "full").images
    assert images.path.notna().tolist() == [True, False, True, True, False, True, True, False]


def test_groundtruth_has_a_row_a_study(root: Path) -> None:
    header, row, _ = (root / "test_labels.csv").read_text().splitlines()
    (root / "test_labels.csv").unlink()
    labels = row.split(",", 1)[1]
    studies = [f"CheXpert-v1.0/test/patient9474{last}/study1,{labels}" for last in (1, 2)]
    (root / "groundtruth.csv").write_text("\n".join([header.replace("Path", "Study"), *studies]) + "\n")
    cohort = chexpert(root)
    test = cohort.images[cohort.images.split == "test"]
    assert test.image_id.tolist() == ["patient94741_study1_view1_frontal", "patient94742_study1"]
    assert test.patient_id.tolist() == ["patient94741", "patient94742"]
    assert test.study_id.tolist() == ["patient94741_study1", "patient94742_study1"]
    assert test.path.notna().tolist() == [True, False]
    assert test["view"].fillna("-").tolist() == ["FRONTAL", "-"]
    assert cohort.labels.loc[test.index, "Pleural Effusion"].tolist() == [1, 1]
    assert "1 of 2 test studies have no images there." in cohort.notes
    assert "1 studies without images keep their labels, each in one row without a file." in cohort.notes


def test_labels_by_study_alone_are_a_cohort(tmp_path: Path, root: Path) -> None:
    header, row, _ = (root / "test_labels.csv").read_text().splitlines()
    labels = row.split(",", 1)[1]
    alone = tmp_path / "labels"
    alone.mkdir()
    rows = [f"CheXpert-v1.0/test/patient9474{last}/study1,{labels}" for last in (1, 2)]
    (alone / "groundtruth.csv").write_text("\n".join([header.replace("Path", "Study"), *rows]) + "\n")
    cohort = chexpert(alone)
    assert cohort.images.image_id.tolist() == ["patient94741_study1", "patient94742_study1"]
    assert cohort.images.path.isna().all()
    assert cohort.images.split.tolist() == ["test", "test"]
    assert cohort.labels["Lung Opacity"].tolist() == [1, 1]


def test_frontal_images_of_unknown_projection_are_frontal(cohort: Cohort) -> None:
    assert "2 images are FRONTAL: the owner says neither AP nor PA." in cohort.notes
    assert cohort.images.projection.fillna("-").tolist()[4] == "LL"


def test_packed_tables_and_backslashes(root: Path, cohort: Cohort) -> None:
    text = (
        (root / "train.csv")
        .read_text()
        .replace("CheXpert-v1.0-small/train/patient90003/", "CheXpert-v1.0-small\\train\\patient90003\\")
    )
    (root / "train.csv").unlink()
    with gzip.open(root / "train.csv.gz", "wt") as packed:
        packed.write(text)
    again = chexpert(root)
    assert again.images.image_id.tolist() == cohort.images.image_id.tolist()
    assert again.images.path.equals(cohort.images.path)
    assert again.labels.equals(cohort.labels)


def test_a_row_without_a_path_is_refused_by_its_row(root: Path) -> None:
    text = (root / "train.csv").read_text()
    (root / "train.csv").write_text(text.replace("CheXpert-v1.0-small/train/patient90003/study1/view1_frontal.jpg", ""))
    with pytest.raises(DataError, match=r"train\.csv: no paths such as .* in row 5"):
        chexpert(root)


def test_chexlocalize_names_the_folder_val_and_the_path_valid(tmp_path: Path, root: Path) -> None:
    theirs = tmp_path / "chexlocalize" / "CheXpert"
    theirs.mkdir(parents=True)
    text = (root / "valid.csv").read_text().replace("CheXpert-v1.0-small", "CheXpert-v1.0")
    (theirs / "val_labels.csv").write_text(text)
    (root / "valid").rename(theirs / "val")
    (root / "test_labels.csv").rename(theirs / "test_labels.csv")
    (root / "test").rename(theirs / "test")
    images = chexpert(theirs.parent).images
    assert images.split.tolist() == ["val", "test", "test"]
    assert images.path.notna().tolist() == [True, True, False]


def test_one_side_alone_is_enough(root: Path) -> None:
    (root / "train.csv").unlink()
    (root / "test_labels.csv").unlink()
    cohort = chexpert(root)
    assert cohort.images.split.tolist() == ["val"]
    assert "train.csv is not there: no train images." in cohort.notes


def test_refusals(root: Path) -> None:
    text = (root / "train.csv").read_text()
    (root / "train.csv").write_text(text.replace("Lung Lesion", "Lesion of the lung"))
    with pytest.raises(DataError, match=r"train\.csv: no column Lung Lesion"):
        chexpert(root)
    (root / "train.csv").write_text(text.replace("CheXpert-v1.0-small/train/patient90001/study1/", ""))
    with pytest.raises(DataError, match=r"train\.csv: no paths such as"):
        chexpert(root)
    (root / "train.csv").write_text(text.replace(",1.0,,,,,,,,,0.0,", ",2.0,,,,,,,,,0.0,"))
    with pytest.raises(DataError, match="the first 2 for No Finding of patient90001_study1_view1_frontal"):
        chexpert(root)
