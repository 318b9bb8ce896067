from pathlib import Path

import numpy as np
import pandas as pd

from hilum.audit.issue import Issue
from hilum.audit.tables import diseases, no_finding, table_issues
from hilum.schema import Boxes, Cohort

IMAGES = {"image_id": ["a", "b", "c"], "patient_id": ["1", "1", "2"]}


def cohort(labels: dict[str, list[float]] | None = None, boxes: Boxes | None = None, **columns: list) -> Cohort:
    return Cohort("some", pd.DataFrame(IMAGES | columns), pd.DataFrame(labels or {}), boxes=boxes)


def issues(held: Cohort) -> dict[str, Issue]:
    return {issue.code: issue for issue in table_issues(held)}


def test_a_sound_table_has_only_its_missing_files() -> None:
    found = issues(cohort({"Mass": [1, 0, 0]}, age_years=[40, 41, 70], sex=["F", "F", "M"], sequence=[0, 1, 0]))
    assert list(found) == ["files_missing"]
    assert found["files_missing"].count == 3
    assert found["files_missing"].severity == "warning"


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    found = issues(cohort(path=[str(tmp_path / "a.png"), str(tmp_path / "b.png"), None]))
    assert found["files_gone"].severity == "error"
    assert found["files_gone"].examples == ({"image_id": "b", "path": str(tmp_path / "b.png")},)
    assert found["files_missing"].count == 1


def test_no_finding_beside_a_finding_contradicts() -> None:
    found = issues(cohort({"No Finding": [1, 1, 0], "Edema": [1, 0, 1]}))
    assert found["labels_contradict"].severity == "error"
    assert found["labels_contradict"].examples == ({"image_id": "a"},)


def test_the_owners_word_no_finding_counts_as_the_label_does() -> None:
    held = cohort({"Edema": [1, 0, 1]}, no_finding=[True, True, False])
    assert no_finding(held).tolist() == [True, True, False]
    assert issues(held)["labels_contradict"].count == 1


def test_devices_may_stand_beside_no_finding_and_uncertainty_is_a_warning() -> None:
    held = cohort({"No Finding": [1, 1, 0], "Support Devices": [1, 0, 1], "Edema": [0, -1, 1]})
    assert diseases(held) == ["Edema"]
    found = issues(held)
    assert "labels_contradict" not in found
    assert found["labels_uncertain_beside_no_finding"].examples == ({"image_id": "b"},)


def test_images_without_any_label_are_noted() -> None:
    found = issues(cohort({"Edema": [np.nan, 0, 1], "Mass": [np.nan, np.nan, 1]}))
    assert found["labels_none"].examples == ({"image_id": "a"},)


def test_impossible_ages_and_ages_that_go_back() -> None:
    found = issues(cohort(age_years=[60, 58, 148], sequence=[0, 1, 0]))
    assert found["ages_impossible"].examples == ({"image_id": "c", "age_years": 148.0},)
    assert found["ages_go_back"].count == 1
    assert found["ages_go_back"].examples[0]["image_id"] == "b"


def test_the_order_of_the_images_decides_whether_ages_go_back() -> None:
    assert "ages_go_back" not in issues(cohort(age_years=[60, 58, 40], sequence=[1, 0, 0]))


def test_a_patient_of_two_sexes() -> None:
    assert issues(cohort(sex=["F", "M", "M"]))["sex_changes"].count == 2


def test_a_box_around_what_the_labels_deny() -> None:
    table = pd.DataFrame({"image_id": ["a", "b"], "finding": ["Mass", "Mass"], "x0": 1, "y0": 1, "x1": 9, "y1": 9})
    found = issues(cohort({"Mass": [1, 0, 0]}, Boxes(table)))
    assert found["boxes_without_label"].examples == ({"image_id": "b", "finding": "Mass"},)


def test_images_on_no_side_are_counted_only_where_there_is_a_split() -> None:
    assert issues(cohort(split=["train", "train", None]))["split_partial"].count == 1
    assert "split_partial" not in issues(cohort())
