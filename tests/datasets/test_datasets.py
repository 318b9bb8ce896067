"""What every dataset promises, over the registry: none is left out, and each has a folder in its owner's layout."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from hilum.datasets import datasets
from hilum.schema import Cohort, DataError

NAMES = sorted(datasets)
MASKS_ALONE = ("chexmask", "wingspan")  # whose owners outline and name no finding
FIXTURES = Path(__file__).parent / "fixtures"
Make = Callable[[str], Path]


def test_the_registry_finds_the_datasets_and_each_has_a_fixture() -> None:
    assert len(NAMES) >= 12
    assert {path.name for path in FIXTURES.iterdir()} == set(NAMES)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def cohort(name: str, owners_folder: Make) -> Cohort:
    return datasets[name](owners_folder(name))


def test_cohort_is_whole(cohort: Cohort, name: str) -> None:
    assert len(cohort) >= 2
    if name in MASKS_ALONE:
        assert cohort.masks is not None
        assert len(cohort.masks) >= 1
    else:
        assert len(cohort.findings) >= 1
        assert (cohort.labels == 1).any(axis=None)
        assert (cohort.labels.to_numpy() != 1).any()
    assert cohort.patients <= len(cohort)
    assert name == "table" or cohort.name == name


def test_missing_images_are_counted_and_no_row_is_lost(cohort: Cohort, name: str) -> None:
    there = cohort.images.path.notna()
    assert 0 < there.sum() < len(cohort)
    assert all(Path(path).is_file() and Path(path).is_absolute() for path in cohort.images.path[there])
    note = f"{there.sum():,} of {len(cohort):,} image files are there."
    assert note in cohort.notes or name in ("chexpert", "nih14_experts")  # which count more rows than are kept


def test_masks_are_files_of_listed_images(cohort: Cohort) -> None:
    masks = pd.DataFrame(columns=["image_id", "path"]) if cohort.masks is None else cohort.masks
    assert set(masks.image_id) <= set(cohort.images.image_id)
    assert all(Path(path).is_file() for path in masks.path.dropna())


def test_facts_are_in_our_words(cohort: Cohort) -> None:
    assert set(cohort.images["view"].dropna()) <= {"PA", "AP", "FRONTAL", "LATERAL"}
    assert set(cohort.images.sex.dropna()) <= {"F", "M"}
    assert (cohort.images.age_years.dropna() >= 0).all()


def test_reading_twice_gives_the_same(name: str, owners_folder: Make) -> None:
    root = owners_folder(name)
    first, second = datasets[name](root), datasets[name](str(root))
    assert first.images.equals(second.images)
    assert first.labels.equals(second.labels)
    assert first.notes == second.notes


def test_a_foreign_folder_is_refused_by_name(name: str, tmp_path: Path) -> None:
    foreign = tmp_path / "holiday"
    foreign.mkdir()
    (foreign / "beach.png").touch()
    with pytest.raises(DataError, match=rf"holiday: holds n.*Expected the {name} folder.*Give the folder"):
        datasets[name](foreign)
    with pytest.raises(DataError, match="nowhere: no such folder"):
        datasets[name](tmp_path / "nowhere")


def test_docstring_says_what_a_user_must_know(name: str) -> None:
    module = datasets[name].__globals__["__doc__"]
    for line in ("Counts:", "Labels:", "Citation:", "License:", "Split:"):
        assert f"\n{line} " in module, f"{name}: the module's docstring has no line '{line}'"
    assert "root:" in (datasets[name].__doc__ or "")
    assert len(datasets.summary(name)) > 30
