import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hilum.audit import summary
from hilum.datasets import datasets
from hilum.schema import Boxes, Cohort, DataError

NAN = float("nan")


@pytest.fixture(scope="module")
def small() -> Cohort:
    images = pd.DataFrame(
        {
            "image_id": list("abcdef"),
            "patient_id": ["1", "1", "1", "2", "3", "4"],
            "study_id": ["1_0", "1_1", "1_2", "2_0", "3_0", "4_0"],
            "path": ["a.png", None, None, None, None, None],
            "view": ["PA", "PA", "AP", "AP", "PA", None],
            "sex": ["F", "F", "F", "M", "M", None],
            "age_years": [30, 31, 32, 70, 150, NAN],
            "sequence": [1, 0, 2, 0, 0, 0],
            "split": ["train", "train", "train", "test", "val", None],
            "width": [1024, 1024, 1024, 512, 512, 512],
            "height": [1024, 1024, 1024, 512, 512, 400],
            "spacing_mm_x": [0.1, 0.2, 0.3, NAN, NAN, NAN],
        }
    )
    labels = pd.DataFrame(
        {
            "No Finding": [0, 0, 0, 1, 0, 0],
            "Mass": [1, 1, 0, 0, -1, NAN],
            "Edema": [1, 0, 0, 0, 0, NAN],
            "Nodule": [1, 0, 1, 0, 0, 0],
        }
    )
    boxes = pd.DataFrame({"image_id": ["a", "a"], "finding": ["Mass", "Nodule"], "x0": 1, "y0": 1, "x1": 9, "y1": 9})
    masks = pd.DataFrame({"image_id": ["b"], "structure": ["lungs"], "path": ["b.png"]})
    return Cohort("small", images, labels, boxes=Boxes(boxes), masks=masks)


@pytest.fixture(scope="module")
def numbers(small: Cohort) -> dict:
    return summary(small).numbers


def test_images_patients_and_files(numbers: dict) -> None:
    assert (numbers["images"], numbers["patients"], numbers["studies"], numbers["files"]) == (6, 4, 6, 1)


def test_a_patient_counts_as_on_the_first_image(numbers: dict) -> None:
    assert numbers["sex"]["images"] == {"F": 3, "M": 2, "unknown": 1}
    assert numbers["sex"]["patients"] == {"F": 1, "M": 2, "unknown": 1}
    assert numbers["age_years"]["patients"]["mean"] == (31 + 70) / 2  # sequence 0 is the first image, whatever the row


def test_impossible_ages_are_counted_and_left_out(numbers: dict) -> None:
    ages = numbers["age_years"]["images"]
    assert (ages["known"], ages["impossible"], ages["most"]) == (4, 1, 70)
    assert ages["mean"] == pytest.approx((30 + 31 + 32 + 70) / 4)
    assert ages["deviation"] == pytest.approx(np.std([30, 31, 32, 70], ddof=1))


def test_the_histogram_of_ages_by_sex(numbers: dict) -> None:
    held = numbers["age_by_sex"]
    assert len(held["edges"]) == len(held["images"]["F"]) + 1
    assert held["images"]["F"][held["edges"].index(30)] == 3
    assert sum(held["images"]["M"]) == 1  # 150 years is outside
    assert sum(held["patients"]["F"]) == 1


def test_labels_an_image(numbers: dict) -> None:
    assert numbers["labels_per_image"] == {"0": 3, "1": 2, "3": 1}
    counts = numbers["label_counts"]
    assert counts == {"one_label": 3, "no_finding": 1, "one_finding": 2, "several": 1, "no_label": 2}


def test_each_finding_alone_and_with_others(numbers: dict) -> None:
    mass = numbers["findings"][0]
    assert mass == {
        "finding": "Mass", "present": 2, "absent": 2, "uncertain": 1, "not_mentioned": 1, "alone": 1, "with_others": 1,
        "share": pytest.approx(2 / 6), "patients": 1,
    }  # fmt: skip
    assert [row["finding"] for row in numbers["findings"]] == ["Mass", "Edema", "Nodule"]


def test_co_occurrence(numbers: dict) -> None:
    assert numbers["co_occurrence"] == {
        "findings": ["Mass", "Edema", "Nodule"],
        "counts": [[2, 1, 1], [1, 1, 1], [1, 1, 2]],
    }


def test_groups(numbers: dict) -> None:
    assert list(numbers["by_sex"]) == ["F", "M", "unknown"]
    assert numbers["by_sex"]["F"] == {
        "images": 3,
        "present": {"Mass": 2, "Edema": 1, "Nodule": 2},
        "share": {"Mass": pytest.approx(2 / 3), "Edema": pytest.approx(1 / 3), "Nodule": pytest.approx(2 / 3)},
    }
    assert {group: held["images"] for group, held in numbers["by_age"].items()} == {
        "18-39": 3,
        "60-79": 1,
        "unknown": 2,
    }
    assert {group: held["images"] for group, held in numbers["by_view"].items()} == {"PA": 3, "AP": 2, "unknown": 1}


def test_patients_follow_up_sizes_and_what_is_missing(numbers: dict) -> None:
    assert numbers["images_per_patient"] == {
        "counts": {"1": 3, "3": 1}, "with_several": 1, "mean": 1.5, "median": 1.0, "most": 3,
    }  # fmt: skip
    assert numbers["follow_up"] == {"counts": {"0": 4, "1": 1, "2": 1}}
    assert numbers["sizes"]["image"][0] == {"width": 1024, "height": 1024, "images": 3}
    assert (numbers["sizes"]["distinct_image"], numbers["sizes"]["detector"]) == (3, [])
    assert numbers["spacing_mm"] == {"known": 3, "least": 0.1, "median": 0.2, "most": 0.3}
    assert numbers["missing"]["path"] == 5
    assert "image_id" not in numbers["missing"]
    assert numbers["split"] == {"train": 3, "val": 1, "test": 1, "unknown": 1}


def test_boxes_and_masks(numbers: dict) -> None:
    assert numbers["boxes"] == {"count": 2, "images": 1, "by_finding": {"Mass": 1, "Nodule": 1}}
    assert numbers["masks"] == {"count": 1, "images": 1, "by_structure": {"lungs": 1}}


def test_a_summary_is_plain_json(small: Cohort, tmp_path: Path) -> None:
    held = summary(small)
    held.save(tmp_path / "summary.json")
    assert json.loads((tmp_path / "summary.json").read_text()) == held.numbers


def test_a_bare_cohort_has_the_same_keys(numbers: dict) -> None:
    bare = summary(Cohort("bare", pd.DataFrame({"image_id": ["a"], "patient_id": ["1"]}))).numbers
    assert set(bare) == set(numbers)
    assert bare["age_years"]["images"]["mean"] is None
    assert bare["label_counts"]["no_label"] == 1
    json.dumps(bare, allow_nan=False)


def test_the_order_of_the_rows_does_not_matter(small: Cohort, numbers: dict) -> None:
    shuffled = summary(small.take(np.array([5, 2, 0, 4, 1, 3]), "shuffled")).numbers
    assert {name: value for name, value in shuffled.items() if name != "notes"} == {
        name: value for name, value in numbers.items() if name != "notes"
    }


@pytest.mark.real
def test_the_whole_of_nih(real_data: Path) -> None:
    held = summary(datasets["nih14"](real_data / "nih"))
    assert (held["images"], held["patients"]) == (112_120, 30_805)
    assert held["label_counts"] == {
        "one_label": 91_324, "no_finding": 60_361, "one_finding": 30_963, "several": 20_796, "no_label": 0,
    }  # fmt: skip
    assert held["sex"]["patients"] == {"F": 14_175, "M": 16_630}
    assert held["view"] == {"PA": 67_310, "AP": 44_810}
    assert held["age_years"]["images"]["mean"] == pytest.approx(46.626, abs=0.001)
    assert "16,630 men and 14,175 women, and a mean age of 46.6" in held["notes"][-1]


def test_an_empty_cohort_is_refused_in_words() -> None:
    with pytest.raises(DataError, match="Cohort 'nobody' holds no image"):
        summary(Cohort("nobody", pd.DataFrame({"image_id": [], "patient_id": []})))
