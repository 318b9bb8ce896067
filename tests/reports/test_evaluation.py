import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from hilum.images import Image
from hilum.reports import Example, evaluation_page
from hilum.schema import Evaluation, Explanation

LOG = pd.DataFrame({"epoch": [0, 1, 2], "train_loss": [0.5, 0.4, 0.3], "val_auroc": [0.6, 0.7, 0.72]})
Sound = Callable[[str], Any]


def test_numbers_intervals_and_counts_stand_on_the_page(evaluation: Evaluation, sound: Sound) -> None:
    text = sound(evaluation_page(evaluation, title="A model")).text
    for shown in ("0.900", "(0.869–0.931)", "0.800", "(0.769–0.831)", "120", "1,480", "7.5 %", "1,600", "410", "test"):
        assert shown in text, shown
    assert "Pleural thickening" in text
    assert "a1b2c3d4e5f6" in text


def test_what_was_left_out_is_said(evaluation: Evaluation, sound: Sound) -> None:
    assert "3 films could not be read; they are left out." in sound(evaluation_page(evaluation)).text


def test_subgroups_with_their_gap_and_what_is_too_small(evaluation: Evaluation, sound: Sound) -> None:
    text = " ".join(sound(evaluation_page(evaluation)).text.split())
    assert "AUROC by sex" in text
    assert "Effusion 0.710 (0.679–0.741) 0.770 (0.739–0.801) 0.061 (0.030–0.092) M and F" in text
    assert "Hernia 0.710* (0.679–0.741) 0.770 (0.739–0.801) –" in text


def test_worst_errors_name_the_film_and_not_the_patient(evaluation: Evaluation, sound: Sound) -> None:
    page = sound(evaluation_page(evaluation))
    assert "film_7 Hernia missed 0.003 98.7 %" in " ".join(page.text.split())
    assert "patient_7" not in page.html


def test_sections_are_there_when_their_numbers_are(evaluation: Evaluation, sound: Sound) -> None:
    full = sound(evaluation_page(evaluation, log=LOG))
    assert {"curves", "threshold", "subgroups", "learning"} <= set(full.ids)
    rows = evaluation.rows[(evaluation.rows.metric == "auroc") & (evaluation.rows.subgroup == "all")]
    bare = sound(evaluation_page(Evaluation(rows)))
    assert not {"curves", "threshold", "subgroups", "learning", "films", "examples", "errors"} & set(bare.ids)
    assert "0.900" in bare.text


def test_one_panel_a_finding_with_its_number(evaluation: Evaluation, sound: Sound) -> None:
    page = sound(evaluation_page(evaluation))
    roc = page.html[page.html.index("ROC curve of each finding") :]
    roc = roc[: roc.index("</svg>")]
    assert all(name in roc for name in ("Effusion", "Pleural thickening", "Hernia", "0.700"))


def test_the_methods_paragraph_names_what_a_paper_must(evaluation: Evaluation, sound: Sound) -> None:
    text = sound(evaluation_page(evaluation)).text
    methods = text[text.rindex("Methods") :]
    for fact in ("1,600 chest radiographs of 410 patients", "test split", "1,000 replicates (seed 7)", "hilum 0.1.0"):
        assert fact in methods, fact


def test_the_same_numbers_give_the_same_page(evaluation: Evaluation) -> None:
    assert evaluation_page(evaluation, log=LOG) == evaluation_page(evaluation, log=LOG)


def test_an_undefined_value_is_a_dash_not_nan(evaluation: Evaluation, sound: Sound) -> None:
    rows = evaluation.rows.copy()
    rows.loc[rows.finding == "Hernia", ["value", "low", "high"]] = np.nan
    page = sound(evaluation_page(Evaluation(rows, evaluation.provenance)))
    assert "–" in page.text
    assert not re.search(r"\bnan\b", page.text, re.IGNORECASE)


def test_examples_show_image_heatmap_boxes_and_truth(evaluation: Evaluation, image: Image, sound: Sound) -> None:
    heatmap = np.zeros((300, 400), np.float32)
    heatmap[60:120, 240:340] = 1
    boxes = pd.DataFrame({"x0": [240.0], "y0": [60.0], "x1": [340.0], "y1": [120.0]})
    example = Example(image, "Effusion", 0.731, 1.0, Explanation("film_1", "Effusion", heatmap, "cam"), boxes)
    page = sound(evaluation_page(evaluation, examples=[example]))
    assert "Effusion present; predicted 0.731" in " ".join(page.text.split())
    assert 'x="240.0" y="60.0" width="100.0" height="60.0"' in page.html
    assert page.html.count("data:image/png") == 1


def test_the_page_stays_small(evaluation: Evaluation, image: Image) -> None:
    heatmap = np.random.default_rng(0).random((300, 400), np.float32)
    example = Example(image, "Effusion", 0.7, 1.0, Explanation("film_1", "Effusion", heatmap, "cam"))
    assert len(evaluation_page(evaluation, log=LOG, examples=[example] * 6)) < 1_500_000


def test_names_from_data_are_escaped(evaluation: Evaluation, sound: Sound) -> None:
    page = sound(evaluation_page(evaluation, title="<script>alert(1)</script>"))
    assert "<script>" in page.text
