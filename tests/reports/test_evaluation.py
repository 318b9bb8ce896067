import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from hilum.images import Image
from hilum.reports import Example, evaluation_page
from hilum.schema import Evaluation, Explanation

Sound = Callable[[str], Any]


def words(page: Any) -> str:
    return " ".join(page.text.split())


def example_of(image: Image, heatmap: np.ndarray) -> Example:
    boxes = pd.DataFrame({"x0": [240.0], "y0": [60.0], "x1": [340.0], "y1": [120.0]})
    return Example(image, "Effusion", 0.731, 1.0, Explanation("image_1", "Effusion", heatmap, "cam"), boxes)


def test_numbers_intervals_and_counts_stand_on_the_page(page: Any) -> None:
    for shown in ("0.900", "(0.869–0.931)", "0.800", "(0.769–0.831)", "120", "1,480", "7.5 %", "1,600", "410", "test"):
        assert shown in page.text, shown
    assert "Pleural thickening" in page.text
    assert "a1b2c3d4e5f6" in page.text


def test_what_was_left_out_is_said(page: Any) -> None:
    assert "3 images could not be read; they are left out." in page.text


def test_subgroups_with_their_gap_and_what_is_too_small(page: Any) -> None:
    text = words(page)
    assert "AUROC by sex" in text
    assert "Effusion 0.710 (0.679–0.741) 0.770 (0.739–0.801) 0.061 (0.030–0.092) M and F" in text
    assert "Hernia 0.710* (0.679–0.741) 0.770 (0.739–0.801) –" in text


def test_worst_errors_name_the_image_and_not_the_patient(page: Any) -> None:
    assert "image_7 Hernia missed 0.003 98.7 %" in words(page)
    assert "patient_7" not in page.html


def test_sections_are_there_when_their_numbers_are(page: Any, bare: Evaluation, sound: Sound) -> None:
    sections = {"images", "curves", "threshold", "calibration", "subgroups", "learning", "errors"}
    assert sections <= set(page.ids)
    alone = sound(evaluation_page(bare))
    assert not sections & set(alone.ids)
    assert "0.900" in alone.text


def test_one_panel_a_finding_with_its_number(page: Any) -> None:
    roc = page.html[page.html.index("ROC curve of each finding") :]
    roc = roc[: roc.index("</svg>")]
    assert all(name in roc for name in ("Effusion", "Pleural thickening", "Hernia", "0.700"))


def test_the_epoch_that_was_kept_is_marked(page: Any) -> None:
    learning = page.html[page.html.index("Learning curves:") :]
    assert ">kept</text>" in learning[: learning.index("</svg>")]


def test_the_methods_paragraph_names_what_a_paper_must(page: Any) -> None:
    methods = page.text[page.text.rindex("Methods") :]
    for fact in (
        "1,600 chest radiographs (images) of 410 patients",
        "test split",
        "1,000 bootstrap replicates",
        "(seed 7)",
        "hilum 0.1.0",
    ):
        assert fact in methods, fact


def test_the_table_travels_along_with_every_row(page: Any, evaluation: Evaluation) -> None:
    kinds = [address.split(";")[0] for address in page.addresses if address.startswith("data:text")]
    assert kinds == ["data:text/csv", "data:text/markdown", "data:text/x-tex"]
    assert r"\begin{tabular}{lrrrr}" in page.html
    assert "| Effusion | 120 | 1,480 | 0.900 (0.869–0.931) |" in page.html


def test_an_undefined_value_is_a_dash_not_nan(bare: Evaluation, sound: Sound) -> None:
    rows = bare.rows.copy()
    rows.loc[rows.finding == "Hernia", ["value", "low", "high"]] = np.nan
    shown = sound(evaluation_page(Evaluation(rows)))
    assert "Hernia 120 1,480 7.5 % –" in words(shown)
    assert not re.search(r"\bnan\b", shown.text, re.IGNORECASE)


def test_examples_show_image_heatmap_boxes_and_truth(bare: Evaluation, image: Image, sound: Sound) -> None:
    heatmap = np.zeros((300, 400), np.float32)
    heatmap[60:120, 240:340] = 1
    shown = sound(evaluation_page(bare, examples=[example_of(image, heatmap)]))
    assert "Effusion present; predicted 0.731" in words(shown)
    assert 'x="240.0" y="60.0" width="100.0" height="60.0"' in shown.html
    assert shown.html.count("data:image/png") == 1


def test_the_page_stays_small(page: Any, bare: Evaluation, image: Image) -> None:
    noise = np.random.default_rng(0).random((300, 400), np.float32)
    assert len(evaluation_page(bare, examples=[example_of(image, noise)] * 6)) < 1_000_000
    assert len(page.html) < 600_000


def test_the_same_numbers_give_the_same_page(evaluation: Evaluation) -> None:
    rows = evaluation.rows[evaluation.rows.finding == "Effusion"]
    few = Evaluation(rows, evaluation.provenance, evaluation.curves)
    assert evaluation_page(few) == evaluation_page(few)


def test_names_from_data_are_escaped(bare: Evaluation, sound: Sound) -> None:
    assert "<script>" in sound(evaluation_page(bare, title="<script>alert(1)</script>")).text


def test_flow_and_sensitivity_are_drawn_from_the_account(bare: Evaluation, sound: Sound) -> None:
    account = dict(bare.provenance)
    account.update(
        cohort="own",
        images=90,
        patients=40,
        split_hash="0123",
        images_hash="4567",
        images_by_split={},
        split=None,
        left_out={
            "predictions_not_in_cohort": 0,
            "predictions_of_other_splits": 0,
            "cohort_images_without_prediction": 12,
            "unreadable_images": 2,
        },
        findings={"Edema": {"present": 30, "absent": 50, "uncertain": 7, "not_mentioned": 3, "no_probability": 0}},
        notes=["90 images are evaluated."],
        sensitivity=[
            {"labels": kind, "finding": "macro", "value": value, "low": value - 0.1, "high": value + 0.1, "too_few": 0}
            for kind, value in (("as measured", 0.7), ("uncertain present", 0.65))
        ],
    )
    html = sound(evaluation_page(replace(bare, provenance=account))).html
    for text in (
        "102 images of own",
        "12 without a prediction",
        "7 labels uncertain",
        "80 labels of 1 findings measured",
    ):
        assert text in html, text
    assert "Uncertain present" in html
    assert "0.650" in html
