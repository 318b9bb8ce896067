"""Readers, who give 0 or 1: found, not measured by curves, and compared where they stand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_curve

from hilum.evaluation import compare, evaluate
from hilum.evaluation.alignment import align
from hilum.evaluation.matched import recall_at
from hilum.evaluation.metrics.sums import Weights
from hilum.evaluation.readers import calls
from hilum.reports import comparison_page, evaluation_page
from hilum.schema import Cohort, ConfigError, LabelPredictions

Study = Callable[..., tuple[LabelPredictions, Cohort]]


def called(predictions: LabelPredictions, threshold: float, columns: slice = slice(None)) -> LabelPredictions:
    """A reader who calls what a model gives so much."""
    table = predictions.table.copy()
    names = list(predictions.findings)[columns]
    table[names] = (table[names] >= threshold).astype(float)
    return LabelPredictions(table)


def test_columns_of_calls_are_found(study: Study) -> None:
    predictions, cohort = study()
    assert not calls(align(predictions, cohort)).any()
    assert calls(align(called(predictions, 0.5), cohort)).all()
    assert calls(align(called(predictions, 0.5, slice(1)), cohort)).tolist() == [True, False, False]
    never = predictions.table.assign(Hernia=0.0)  # a model that gives a rare finding no probability is no reader
    assert not calls(align(LabelPredictions(never), cohort)).any()


def test_a_reader_is_evaluated_by_calls_alone(study: Study) -> None:
    predictions, cohort = study()
    found = evaluate(called(predictions, 0.5), cohort, subgroups=["sex"], replicates=20)
    assert {"recall", "specificity", "cohen_kappa", "f1"} <= set(found.rows.metric)
    assert not {"auroc", "average_precision", "brier", "lrap"} & set(found.rows.metric)
    assert any("a reader's calls" in note for note in found.provenance["notes"])
    assert "Recall" in evaluation_page(found)
    with pytest.raises(ConfigError, match="a reader's calls, which have no auroc"):
        evaluate(called(predictions, 0.5), cohort, metrics=["auroc", "recall"])


def test_one_column_of_calls_spoils_no_other(study: Study) -> None:
    predictions, cohort = study()
    found = evaluate(called(predictions, 0.5, slice(1)), cohort, metrics=["auroc"], replicates=20, curves=False)
    assert np.isnan(found.value("auroc", "Effusion"))
    assert found.value("auroc", "Edema") == evaluate(predictions, cohort, metrics=["auroc"]).value("auroc", "Edema")


def test_recall_at_a_false_positive_rate_is_read_from_the_curve(drawn: Any) -> None:
    present, score, _ = drawn
    weights = Weights.of(None, len(score))
    across, up, _ = roc_curve(present, score, drop_intermediate=False)
    for rate in (0.0, 0.013, 0.25, 0.5, 1.0):
        found = recall_at(present, score, weights, np.array([rate]))[0]
        below, top = (np.interp(rate + sign * 1e-9, across, up) for sign in (-1, 1))  # both ends of a rise
        expected = (below + top) / 2 if 0 < rate < 1 else up[across <= rate + 1e-12].max()
        assert found == pytest.approx(expected, abs=1e-6)


def test_where_the_curve_is_level_the_model_gets_the_middle_not_the_best_of_it() -> None:
    # a reader missed one of four; every threshold above 0.1 and up to 5 misses one: 1 to 10 of ten negatives are spared
    present = np.repeat([1.0, 0.0], [4, 10])
    model = np.r_[0.1, 5.0, 5.1, 5.2, np.arange(10) / 2]
    weights = Weights.of(None, 14)
    assert recall_at(1 - present, -model, weights, np.array([1 / 4]))[0] == pytest.approx((0.1 + 1.0) / 2)
    assert recall_at(1 - present, -model, weights, np.array([0.0]))[0] == pytest.approx(0.1)  # none may be missed
    assert recall_at(1 - present, -model, weights, np.array([1 / 3]))[0] == pytest.approx(1.0)  # between two steps


def test_models_are_compared_at_the_readers_point(study: Study) -> None:
    predictions, cohort = study()
    reader = called(predictions, 0.5)
    found = compare({"model": predictions, "reader": reader}, cohort, replicates=100)
    assert len(found.readers) == 6
    same = found.readers[found.readers.finding == "Effusion"]  # the reader is a point of the model's own curve
    assert same.difference.to_numpy() == pytest.approx([0, 0], abs=0.05)  # up to half a step
    assert (same.low <= 0).all()
    assert (same.high >= 0).all()
    assert (same.p > 0.1).all()
    rows = found.table[(found.table.model == "reader") & (found.table.metric == "auroc")]
    assert rows.value.isna().all()
    assert rows.difference.isna().all()
    page = comparison_page(found)
    assert "At the reader&#39;s operating point" in page or "At the reader's operating point" in page
    assert "a point in a ROC plot, not a curve" in page


def test_a_better_reader_is_found_better(study: Study) -> None:
    predictions, cohort = study()
    truth = cohort.labels.to_numpy(float)
    flipped = np.where(np.random.default_rng(0).random(truth.shape) < 0.05, 1 - truth, truth)
    table = pd.DataFrame(flipped, columns=list(predictions.findings)).assign(image_id=predictions.table.image_id)
    found = compare({"model": predictions, "expert": LabelPredictions(table)}, cohort, replicates=200)
    row = found.readers[(found.readers.finding == "Effusion") & (found.readers.side == "recall")].iloc[0]
    assert row.difference < row.high < 0
    assert row.p < row.p_corrected < 0.05


def test_two_readers_are_compared_by_their_calls(study: Study) -> None:
    predictions, cohort = study()
    found = compare({"one": called(predictions, 0.5), "two": called(predictions, 0.6)}, cohort, replicates=20)
    assert set(found.table.metric) == {"recall", "specificity"}
    assert not len(found.readers)
    row = found.table[(found.table.model == "two") & (found.table.finding == "Effusion")].set_index("metric")
    assert row.difference["recall"] <= 0 <= row.difference["specificity"]
    with pytest.raises(ConfigError, match="which have no auroc"):
        compare({"one": called(predictions, 0.5), "two": called(predictions, 0.6)}, cohort, metrics=["auroc"])
