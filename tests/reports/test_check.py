from collections.abc import Callable
from typing import Any

from hilum.reports import check_page

Sound = Callable[[str], Any]
COHORT = {
    "name": "nih14", "images": 112120, "patients": 30805, "files": 1085, "split": {"train": 86524, "test": 25596},
    "owners_split": True, "notes": ["984 boxes on 880 images."],
}  # fmt: skip
ERROR = {
    "severity": "error", "code": "labels_contradict", "cohort": "nih14", "message": "7 images have <both>.",
    "count": 7, "examples": ({"image_id": "image_1", "patient_id": "person_9", "path": "/home/person_9/image_1.png"},),
}  # fmt: skip
NOTE = {**ERROR, "severity": "note", "code": "ages_go_back", "message": "Younger than before.", "examples": ()}


def test_counts_of_cohorts_and_issues(sound: Sound) -> None:
    text = " ".join(sound(check_page({"cohorts": [COHORT], "issues": [ERROR, NOTE]})).text.split())
    for fact in ("Errors 1", "Warnings 0", "Notes 1", "nih14 112,120 30,805 1,085 86,524 25,596 yes", "984 boxes"):
        assert fact in text, fact


def test_gravest_first_with_code_and_examples(sound: Sound) -> None:
    page = sound(check_page({"cohorts": [COHORT], "issues": [ERROR, NOTE]}))
    assert page.html.index("labels_contradict") < page.html.index("ages_go_back")
    assert "images have <both>." in page.text
    assert "1 example, 6 more" in " ".join(page.text.split())
    assert "image_1" in page.text


def test_no_patient_is_named_and_no_folder_that_may_name_one() -> None:
    page = check_page({"cohorts": [COHORT], "issues": [ERROR]})
    assert "person_9" not in page
    assert "/home" not in page


def test_a_sound_dataset_says_so(sound: Sound) -> None:
    assert "Nothing was found." in sound(check_page({"cohorts": [COHORT], "issues": []})).text


def test_sides_that_only_one_cohort_has_stay_apart(sound: Sound) -> None:
    other = {**COHORT, "name": "rsna", "split": {"val": 5}, "owners_split": None, "notes": []}
    text = " ".join(sound(check_page({"cohorts": [COHORT, other], "issues": []})).text.split())
    assert "rsna 112,120 30,805 1,085 – – 5 no list known" in text
