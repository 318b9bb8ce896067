from dataclasses import replace
from typing import Any

import numpy as np

from hilum.evaluation import evaluate
from hilum.evaluation.methods import methods, threshold_sentence
from hilum.schema import Evaluation, LabelPredictions


def test_says_what_was_done_and_on_whom(study: Any) -> None:
    predictions, cohort = study()
    labels = cohort.labels.copy()
    labels.iloc[100:103, 1] = -1
    labels.iloc[103:105, 1] = np.nan
    found = evaluate(
        predictions, replace(cohort, labels=labels), split="test", metrics=["auroc", "f1", "true_positives"],
        replicates=30, seed=4, interval="bca", curves=False,
    )  # fmt: skip
    text = methods(found)
    assert "120 chest radiographs (images) of 40 patients from the test split of drawn" in text
    assert f"(split {found.provenance['split_hash']}, images {found.provenance['images_hash']})" in text
    assert "uncertain (3) or not mentioned (2)" in text
    assert "For each of 3 findings these were measured: area under the ROC curve (AUROC) and F1." in text
    assert "reached 0.5." in text
    assert "the 3 of 3 findings" in text
    assert "95 % confidence intervals are bias-corrected and accelerated (BCa) intervals from 30 bootstrap" in text
    assert "(seed 4)" in text
    assert "numpy" in text


def test_says_nothing_that_was_not_so(study: Any) -> None:
    own = {"Effusion": 0.31, "Edema": 0.5, "Hernia": 0.0721}
    text = methods(evaluate(*study(), metrics=["auroc"], replicates=5, threshold=own, curves=False))
    assert "uncertain" not in text
    assert "no prediction" not in text
    assert "its own threshold (Effusion 0.31, Edema 0.5 and Hernia 0.0721)" in text


def test_metrics_of_the_whole_image_are_not_said_to_be_of_each_finding(study: Any) -> None:
    predictions, cohort = study()
    table = predictions.table.assign(Edema=predictions.table.Edema.where(predictions.table.index > 3))
    text = methods(evaluate(LabelPredictions(table), cohort, metrics=["f1", "lrap"], replicates=5, curves=False))
    assert "For each of 3 findings these were measured: F1." in text
    assert "On each image's findings together these were measured: label-ranking average precision." in text
    assert "Labels of images without a probability (4) were left out" in text
    assert "weighted averages weight them by images with the finding" in text


def test_what_is_not_known_is_not_said(study: Any) -> None:
    rows = evaluate(*study(), metrics=["auroc"], replicates=5, curves=False).rows
    assert methods(Evaluation(rows)) == (
        "For each of 3 findings these were measured: area under the ROC curve (AUROC)."
    )


def test_thresholds_in_words() -> None:
    assert threshold_sentence(0.25) == "A finding was called where its probability reached 0.25."
    own = {"Effusion": 0.2, "Pleural_Thickening": 0.1}
    assert "(Effusion 0.2 and Pleural thickening 0.1)" in threshold_sentence(own)
    assert threshold_sentence(None) == ""
