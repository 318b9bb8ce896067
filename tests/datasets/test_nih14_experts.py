"""The experts' labels: the same images as NIH's, other labels, and only those that were read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hilum.datasets import datasets
from hilum.schema import DataError

Make = Callable[[str], Path]
experts = datasets["nih14_experts"]
LABELS = "expert_labels/all_findings_expert_labels_test_labels.csv"


@pytest.fixture
def root(owners_folder: Make) -> Path:
    return owners_folder("nih14_experts")


def test_labels_are_the_radiologists(root: Path) -> None:
    cohort = experts(root)
    assert cohort.images.image_id.tolist() == ["00000002_000", "00000003_000"]
    assert set(cohort.images.split) == {"test"}
    present = cohort.labels.columns[cohort.labels.iloc[1] == 1]
    assert present.tolist() == ["Effusion", "Pleural_Thickening"]  # the text says Infiltration and Pleural_Thickening
    assert (cohort.labels.iloc[0] == 0).all()
    assert "Read by radiologists: 2 of 4 images kept." in cohort.notes


def test_the_owners_own_layout_is_found(root: Path) -> None:
    other = root / "all_findings_expert_labels" / "test_labels.csv"
    other.parent.mkdir()
    (root / LABELS).rename(other)
    assert len(experts(root)) == 2


def test_an_unknown_answer_is_refused(root: Path) -> None:
    path = root / LABELS
    path.write_text(path.read_text().replace("3,YES", "3,MAYBE").replace("NO,NO,YES", "NO,NO,PERHAPS"))
    with pytest.raises(DataError, match=r"answers PERHAPS\. Expected YES or NO"):
        experts(root)


def test_an_image_that_nih_does_not_list_is_refused(root: Path) -> None:
    path = root / LABELS
    path.write_text(path.read_text().replace("00000003_000", "99999999_000"))
    with pytest.raises(DataError, match="99999999_000"):
        experts(root)


@pytest.mark.real
def test_the_real_table(real_data: Path) -> None:
    cohort = experts(real_data / "nih")
    assert set(cohort.images["view"]) == {"PA"}
    assert cohort.labels.notna().all(axis=None)
    assert (cohort.labels.sum() > 0).all()
