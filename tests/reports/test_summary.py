import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import Any

import pytest

from hilum.reports import summary_figures, summary_page

Sound = Callable[[str], Any]


def numbers_of(cohort: str = "nih14", **changed: Any) -> dict[str, Any]:
    """The numbers of 120 images of 80 patients; keys as `hilum.audit.summary` gives them."""
    ages = {"known": 120, "least": 4.0, "median": 50.0, "most": 91.0, "mean": 48.25, "deviation": 16.5, "impossible": 2}
    effusion = {"finding": "Effusion", "present": 30, "absent": 90, "uncertain": 0, "not_mentioned": 0, "alone": 10,
                "with_others": 20, "share": 0.25, "patients": 21}  # fmt: skip
    group = {"images": 60, "present": {"Effusion": 15, "Mass": 12}, "share": {"Effusion": 0.25, "Mass": 0.2}}
    return {
        "cohort": cohort, "notes": ["2 ages are above 110."], "images": 120, "patients": 80,
        "studies": 120, "files": 50,
        "sex": {"images": {"F": 70, "M": 50}, "patients": {"F": 45, "M": 35}},
        "age_years": {"images": ages, "patients": ages},
        "age_by_sex": {"edges": [0, 50, 100, 110], "images": {"F": [30, 40, 0], "M": [20, 30, 0]},
                       "patients": {"F": [20, 25, 0], "M": [15, 20, 0]}},
        "labels_per_image": {"0": 76, "1": 24, "2": 20},
        "label_counts": {"one_label": 100, "no_finding": 76, "one_finding": 24, "several": 20, "no_label": 0},
        "findings": [effusion, {**effusion, "finding": "Mass", "present": 34, "alone": 14}],
        "co_occurrence": {"findings": ["Effusion", "Mass"], "counts": [[30, 20], [20, 34]]},
        "view": {"PA": 100, "AP": 20}, "split": {"train": 90, "test": 30},
        "images_per_patient": {"counts": {"1": 60, "2": 15, "7": 5}, "with_several": 20, "mean": 1.5, "median": 1.0,
                               "most": 7},
        "follow_up": {"counts": {"0": 80, "1": 20, "2": 20}},
        "sizes": {"image": [{"width": 1024, "height": 1000, "images": 120}], "detector": [], "distinct_image": 1},
        "spacing_mm": {}, "missing": {"path": 70}, "by_sex": {"F": group, "M": group}, "by_age": {}, "by_view": {},
        "boxes": {"count": 3, "images": 3, "by_finding": {"Mass": 3}},
        "masks": {"count": 0, "images": 0, "by_structure": {}}, **changed,
    }  # fmt: skip


@pytest.fixture(scope="module")
def html() -> str:
    return summary_page([numbers_of()], title="nih14")


def words(page: Any) -> str:
    return " ".join(page.text.split())


def test_counts_labels_ages_and_sizes(html: str, sound: Sound) -> None:
    text = words(sound(html))
    for fact in (
        "100 images have one label, of which 76 No Finding and 24 one finding; 20 have several.",
        "Patients, female 45", "48.2 ± 16.5 years, 4 to 91; 2 impossible, left out", "mean 1.50, most 7", "1024 × 1000",
        "File 70 58.3 %", "Mass 3", "2 ages are above 110.", "Effusion 30 90 10 20 21 25.0 %", "Images, train 90",
    ):  # fmt: skip
        assert fact in text, fact


def test_kinds_of_labels_that_never_occur_take_no_column(html: str, sound: Sound) -> None:
    assert "Not mentioned" not in sound(html).text


def test_every_figure_is_drawn_and_sound() -> None:
    figures = summary_figures(numbers_of())
    assert set(figures) == {
        "age-by-sex-images", "age-by-sex-patients", "labels-per-image", "findings", "co-occurrence",
        "findings-by-group", "images-per-patient", "follow-up",
    }  # fmt: skip
    texts = {name: " ".join(ElementTree.fromstring(svg).itertext()) for name, svg in figures.items()}
    assert "6–10" in texts["images-per-patient"]
    assert "25.0" in texts["findings-by-group"]
    assert "10" in texts["co-occurrence"].split()  # on the diagonal stands the finding alone, not the 30 images
    assert "30" not in texts["co-occurrence"].split()


def test_the_same_numbers_give_the_same_figures() -> None:
    assert summary_figures(numbers_of()) == summary_figures(numbers_of())


def test_a_cohort_without_labels_ages_or_order_is_summed_up_all_the_same(sound: Sound) -> None:
    unknown = {
        "known": 0,
        "least": None,
        "median": None,
        "most": None,
        "mean": None,
        "deviation": None,
        "impossible": 0,
    }
    bare = numbers_of(
        findings=[], co_occurrence={"findings": [], "counts": []}, labels_per_image={"0": 120}, by_sex={},
        age_by_sex={"edges": [0, 50], "images": {}, "patients": {}}, follow_up={"counts": {}}, missing={},
        age_years={"images": unknown, "patients": unknown}, images_per_patient={
            "counts": {"1": 120}, "with_several": 0, "mean": 1.0, "median": 1.0, "most": 1},
    )  # fmt: skip
    assert summary_figures(bare) == {}
    assert "not known" in sound(summary_page([bare])).text


def test_two_cohorts_stand_side_by_side(sound: Sound) -> None:
    other = numbers_of("rsna", images=300, spacing_mm={"known": 300, "least": 0.115, "median": 0.139, "most": 0.2})
    page = sound(summary_page([numbers_of(), other]))
    text = words(page)
    assert "Images 120 300" in text
    assert "Detector spacing – 0.115 to 0.200 mm" in text
    assert "Effusion 30, 25.0 % 30, 25.0 %" in text
    assert page.html.count("<svg") == 16
