"""PadChest: lists of words as text, what silence means beside some of them, who labeled."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from hilum.datasets import datasets
from hilum.datasets.padchest import WORDS
from hilum.schema import Cohort
from hilum.schema.findings import NIH14, Findings

Make = Callable[[str], Path]
padchest = datasets["padchest"]


@pytest.fixture
def root(owners_folder: Make) -> Path:
    return owners_folder("padchest")


@pytest.fixture
def cohort(root: Path) -> Cohort:
    return padchest(root)


def test_words_become_labels(cohort: Cohort) -> None:
    labels = cohort.labels
    assert labels["Fibrosis"].fillna(9).tolist() == [1, 9, 0, 9, 9]
    assert labels["Effusion"].fillna(9).tolist() == [1, 9, 0, 9, 9]  # ' pleural effusion' with its space
    assert labels["Atelectasis"].fillna(9).tolist() == [0, 9, 0, 1, 9]  # suboptimal: named is named
    assert labels["No Finding"].fillna(9).tolist() == [0, 9, 1, 9, 9]


def test_unchanged_suboptimal_and_unlabeled_images_are_silent(cohort: Cohort) -> None:
    assert cohort.labels.isna().sum(axis=1).tolist() == [0, len(WORDS), 0, len(WORDS) - 1, len(WORDS)]
    assert any("3 images are unlabeled, unchanged, suboptimal or excluded" in note for note in cohort.notes)
    assert cohort.images.labels_text[1] == "['unchanged']"


def test_what_lies_below_a_finding_in_the_tree_counts_as_it(root: Path) -> None:
    table = next(root.glob("*.csv"))
    said = "\"['empyema', 'callus rib fracture', 'breast mass']\""
    with table.open("a") as rows:
        rows.write(
            f"5,5_d.png,14,20100301,5,20,1950.0,M,,EXCLUDE,Manual review,No,DX,1000,900,6,drawn,Physician,{said},[]\n"
        )
    labels = padchest(root).labels.iloc[-1]
    assert set(labels.index[labels == 1]) == {"Effusion", "Fracture"}
    assert labels["Mass"] == 0  # the lung's


def test_a_list_is_read_as_python_writes_it(root: Path) -> None:
    table = next(root.glob("*.csv"))
    lists = [
        "\"['', 'cardiomegaly']\"",
        "['cardiomegaly' 'mass']",
        "['cardiomegaly",
        "nan",
        '"[""aortic elongation"", \'hemothorax\']"',
    ]
    with table.open("a") as rows:
        for place, said in enumerate(lists):
            facts = f"{place},6_{place}.png,14,20100301,6,20,1950.0,nan,,PA,Manual review,No,DX,1000,900,7,drawn"
            rows.write(f"{facts},Physician,{said},[]\n")
    cohort = padchest(root)
    labels = cohort.labels.iloc[-5:]
    assert labels["Cardiomegaly"].fillna(9).tolist() == [1, 1, 9, 9, 0]
    assert labels["Effusion"].fillna(9).tolist() == [0, 0, 9, 9, 1]
    assert labels["Mass"].fillna(9).tolist() == [0, 1, 9, 9, 0]
    assert "1 of them have labels that are no list: ['cardiomegaly." in cohort.notes
    assert any("5 images are unlabeled, unchanged" in note for note in cohort.notes)
    assert not any("'nan'" in note for note in cohort.notes)  # the owner's word for nothing


def test_words_in_dates_and_years_of_birth_are_counted(root: Path) -> None:
    table = next(root.glob("*.csv"))
    table.write_text(table.read_text().replace(",20140915,", ",autumn,").replace(",1888.0,", ",long ago,"))
    cohort = padchest(root)
    assert cohort.images.age_years.fillna(-1).tolist() == [-1, 85, -1, -1, 60]
    assert cohort.images.sequence.fillna(-1).tolist() == [-1, 0, 0, 0, 0]
    notes = "\n".join(cohort.notes)
    assert "'autumn' 1 times" in notes
    assert "'long ago' 1 times" in notes


@pytest.mark.parametrize("name", ["1.2.840.5.png", "1.2.840.5"])
def test_an_id_with_dots_is_whole(root: Path, name: str) -> None:
    table = next(root.glob("*.csv"))
    table.write_text(table.read_text().replace("444444444444444444444444444444941_aaaaaa.png", name))
    assert padchest(root).images.image_id[2] == "1.2.840.5"


def test_facts(cohort: Cohort) -> None:
    images = cohort.images
    assert images.patient_id[0] == "333333333333333333333333333333333333"  # longer than any number type
    assert images["view"].fillna("-").tolist() == ["PA", "LATERAL", "AP", "-", "PA"]
    assert images.projection.tolist()[2:4] == ["AP_horizontal", "COSTAL"]
    assert images.sex.fillna("-").tolist() == ["F", "F", "-", "M", "M"]
    assert images.age_years.fillna(-1).tolist() == [84, 85, -1, 122, 60]
    assert images.age_implausible.tolist() == [False, False, False, True, False]
    assert images.sequence.tolist() == [0, 1, 0, 0, 0]
    assert images.method_label.tolist() == ["Physician", "RNN_model", "RNN_model", "RNN_model", "Physician"]
    assert images.path.notna().tolist() == [True, False, True, False, False]


def test_the_packed_table_and_one_folder_of_images(root: Path, cohort: Cohort) -> None:
    table = next(root.glob("*.csv"))
    with gzip.open(f"{table}.gz", "wt") as packed:
        packed.write(table.read_text())
    table.unlink()
    (root / "14").rename(root / "images-224")
    again = padchest(root)
    assert again.labels.equals(cohort.labels)
    assert again.images.path.notna().equals(cohort.images.path.notna())


def test_the_map_of_words_is_sound() -> None:
    assert set(NIH14) <= set(WORDS)
    assert len(Findings(tuple(WORDS))) == len(WORDS)
    assert all(word == word.strip().lower() for words in WORDS.values() for word in words)
