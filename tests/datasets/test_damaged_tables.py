"""Owners' tables with a word where a number stands, spaces in names, or no rows: counted or refused, never guessed."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from hilum.datasets import datasets
from hilum.schema import DataError

Make = Callable[[str], Path]
MAIN = {  # dataset: its main table in the fixtures
    "nih14": "Data_Entry_2017_v2020.csv",
    "rsna_pneumonia": "stage_2_train_labels.csv",
    "padchest": "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv",
}
WORDS = [  # dataset, table, column, what the note calls it
    ("nih14", "BBox_List_2017.csv", "Bbox [x", "a box's x0"),
    ("rsna_pneumonia", MAIN["rsna_pneumonia"], "x", "a box's x0"),
    ("padchest", MAIN["padchest"], "StudyDate_DICOM", "study date"),
    ("padchest", MAIN["padchest"], "PatientBirth", "year of birth"),
]


def table_of(root: Path, name: str) -> tuple[Path, pd.DataFrame]:
    path = root / name
    path = path if path.is_file() else path.with_suffix(".csv.gz")
    return path, pd.read_csv(path, dtype="str", keep_default_na=False, index_col=False)


@pytest.mark.parametrize(("dataset", "name", "column", "what"), WORDS, ids=lambda value: str(value)[:20])
def test_a_word_in_place_of_a_number_is_counted(
    owners_folder: Make, dataset: str, name: str, column: str, what: str
) -> None:
    root = owners_folder(dataset)
    whole = datasets[dataset](root)
    path, table = table_of(root, name)
    row = next(place for place, cell in enumerate(table[column]) if cell)
    table.loc[row, column] = "unknown"
    table.to_csv(path, index=False)
    cohort = datasets[dataset](root)
    assert len(cohort) == len(whole)
    assert any(f"cells of {what} are no numbers" in note and "'unknown' 1 times" in note for note in cohort.notes)
    if whole.boxes is not None:
        assert cohort.boxes is not None
        assert len(cohort.boxes) == len(whole.boxes) - 1


@pytest.mark.parametrize("dataset", MAIN)
def test_a_header_alone_is_refused(owners_folder: Make, dataset: str) -> None:
    root = owners_folder(dataset)
    path, table = table_of(root, MAIN[dataset])
    table.iloc[:0].to_csv(path, index=False)
    with pytest.raises(DataError, match=rf"{path.name}: a header without rows"):
        datasets[dataset](root)


@pytest.mark.parametrize("dataset", MAIN)
def test_a_packed_table_reads_alike(owners_folder: Make, dataset: str) -> None:
    root = owners_folder(dataset)
    whole = datasets[dataset](root)
    for path in list(root.rglob("*.csv")):
        path.with_suffix(".csv.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    packed = datasets[dataset](root)
    assert packed.images.equals(whole.images)
    assert packed.labels.equals(whole.labels)


def test_a_patient_with_a_space_behind_the_name_is_the_same_one(owners_folder: Make) -> None:
    root = owners_folder("padchest")
    whole = datasets["padchest"](root)
    path, table = table_of(root, MAIN["padchest"])
    table["PatientID"] = [f"{name}\u00a0" if place % 2 else f" {name}" for place, name in enumerate(table.PatientID)]
    table.to_csv(path, index=False)
    assert datasets["padchest"](root).images.patient_id.equals(whole.images.patient_id)
