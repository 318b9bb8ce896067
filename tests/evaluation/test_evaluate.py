from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference

from hilum.evaluation import evaluate, metrics
from hilum.evaluation.evaluate import INSIDE
from hilum.evaluation.intervals import WITHOUT
from hilum.evaluation.metrics import of_family
from hilum.evaluation.study import mean_over
from hilum.schema import Cohort, ConfigError, Evaluation, LabelPredictions
from hilum.schema.evaluation import COLUMNS

FEW = {"replicates": 50, "workers": 1}


def tables(predictions: LabelPredictions, cohort: Cohort) -> tuple[np.ndarray, np.ndarray]:
    return cohort.labels.to_numpy(np.float64), predictions.probabilities


def test_every_finding_and_every_mean_agrees_with_scikit_learn(study: Any) -> None:
    predictions, cohort = study()
    present, score = tables(predictions, cohort)
    found = evaluate(predictions, cohort, threshold=0.4, **FEW)
    for k, name in enumerate(predictions.findings):
        assert found.value("auroc", name) == pytest.approx(reference.roc_auc_score(present[:, k], score[:, k]))
        assert found.value("f1", name) == pytest.approx(reference.f1_score(present[:, k], score[:, k] >= 0.4))
    for mean in ("macro", "micro", "weighted"):
        area, precise = reference.roc_auc_score, reference.average_precision_score
        assert found.value("auroc", mean) == pytest.approx(area(present, score, average=mean))
        assert found.value("average_precision", mean) == pytest.approx(precise(present, score, average=mean))
        assert found.value("f1", mean) == pytest.approx(reference.f1_score(present, score >= 0.4, average=mean))
    wrong = reference.hamming_loss(present, score >= 0.4)
    assert [found.value("hamming_loss", mean) for mean in ("macro", "micro")] == pytest.approx([wrong, wrong])
    exact = reference.accuracy_score(present, score >= 0.4)
    assert found.value("exact_match", "micro") == pytest.approx(exact)


def test_every_metric_has_an_interval_around_it(study: Any) -> None:
    found = evaluate(*study(), replicates=200)
    closed_form = set(found.rows.metric[found.rows.interval == "wilson"])
    assert closed_form == {
        "accuracy", "auroc", "average_precision", "balanced_accuracy", "brier", "f1", "negative_predictive_value",
        "precision", "recall", "specificity",
    }  # fmt: skip
    assert list(found.rows.columns) == [*COLUMNS, "interval", "too_few", "left_out"]
    assert set(found.rows.metric) == set(metrics)
    without = found.rows.metric.isin(WITHOUT)  # chance upon chance: no interval holds it
    rows = found.rows[~without]
    assert (rows.low <= rows.value).all()
    assert (rows.value <= rows.high).all()
    assert not rows[["value", "low", "high"]].isna().any(axis=None)
    assert found.rows[without].low.isna().all()
    assert set(found.rows[without].interval) == {"none"}


def test_bca_moves_the_ends_but_not_the_value(study: Any) -> None:
    plain, corrected = (evaluate(*study(), interval=name, metrics=["auroc"]) for name in ("percentile", "bca"))
    assert plain.rows.value.to_numpy() == pytest.approx(corrected.rows.value.to_numpy())
    assert plain.rows.low.to_numpy() == pytest.approx(corrected.rows.low.to_numpy(), abs=0.05)
    assert (plain.rows.low != corrected.rows.low).any()


def test_subgroups_are_the_same_measure_on_fewer_images(study: Any) -> None:
    predictions, cohort = study()
    found = evaluate(predictions, cohort, subgroups=["sex", "age_band"], metrics=["auroc"], **FEW)
    women = cohort.where(cohort.images.sex == "F", "women")
    alone = evaluate(predictions, women, metrics=["auroc"], **FEW)
    assert found.value("auroc", "Edema", "sex=F") == pytest.approx(alone.value("auroc", "Edema"))
    assert {"age_band=18-39", "age_band=40-59", "age_band=80+"} <= set(found.rows.subgroup)


def test_a_finding_without_images_is_nan_and_no_part_of_the_mean(study: Any) -> None:
    predictions, cohort = study()
    bare = replace(cohort, labels=cohort.labels.assign(Hernia=0.0))
    found = evaluate(predictions, bare, metrics=["auroc", "recall"], **FEW)
    assert np.isnan(found.value("auroc", "Hernia"))
    others = [found.value("auroc", name) for name in ("Effusion", "Edema")]
    assert found.value("auroc") == pytest.approx(np.mean(others))
    assert found.provenance["macro_over"]["all"] == 2


def test_a_threshold_a_finding(study: Any) -> None:
    predictions, cohort = study()
    own = {"Effusion": 0.3, "Edema": 0.5, "Hernia": 0.7}
    found = evaluate(predictions, cohort, threshold=own, metrics=["f1"], **FEW)
    present, score = tables(predictions, cohort)
    expected = reference.f1_score(present, score >= np.array([0.3, 0.5, 0.7]), average="micro")
    assert found.value("f1", "micro") == pytest.approx(expected)
    assert found.provenance["threshold"] == own
    with pytest.raises(ConfigError, match="No threshold for Edema, Hernia"):
        evaluate(predictions, cohort, threshold={"Effusion": 0.3})


def test_the_same_call_gives_the_same_numbers(study: Any) -> None:
    first, second = (evaluate(*study(), **FEW) for _ in range(2))
    assert first.rows.equals(second.rows)


def test_survives_the_file(study: Any, tmp_path: Path) -> None:
    found = evaluate(*study(), metrics=["auroc"], **FEW)
    found.save(tmp_path / "evaluation.json")
    again = Evaluation.load(tmp_path / "evaluation.json")
    assert again.value("auroc") == found.value("auroc")
    assert again.provenance["images"] == 240


def test_unknown_names_are_refused(study: Any) -> None:
    with pytest.raises(ConfigError, match="no metric 'auc'"):
        evaluate(*study(), metrics=["auc"])
    with pytest.raises(ConfigError, match="no column 'gender'"):
        evaluate(*study(), subgroups=["gender"], **FEW)


@pytest.mark.parametrize("interval", ["wilson", "percentile", "bca"])
@pytest.mark.parametrize(
    ("labels", "score"),
    [
        pytest.param([[1, np.nan]] * 6 + [[0, np.nan]] * 6, [[0.2, 0.3]] * 12, id="a finding without labels"),
        pytest.param([[-1, 1]] * 6 + [[1, 0]] * 6, [[0.2, 0.3]] * 12, id="uncertain labels"),
        pytest.param([[1, 0], [0, 1]] * 6, [[np.nan, 0.3]] * 12, id="a finding without probabilities"),
        pytest.param([[1, 0], [0, 1]] * 6, [[0.0, 1.0]] * 12, id="probabilities of zero and one"),
        pytest.param([[1, 0]], [[0.2, 0.3]], id="one image"),
    ],
)
def test_thin_data_give_nan_where_nothing_can_be_said(
    labels: list[list[float]], score: list[list[float]], interval: str, tmp_path: Path
) -> None:
    names, ids = ["Edema", "Mass"], [f"image{place}" for place in range(len(labels))]
    images = pd.DataFrame({"image_id": ids, "patient_id": ids})
    predictions = LabelPredictions(pd.DataFrame(score, columns=names).assign(image_id=ids))
    cohort = Cohort("thin", images, pd.DataFrame(labels, columns=names))
    found = evaluate(predictions, cohort, interval=interval, subgroups=["sex"], replicates=20)
    rows = found.rows
    assert rows.low[rows.value.isna()].isna().all()
    assert (rows.low.isna() == rows.high.isna()).all()
    if len(labels) == 1:
        assert rows.low.isna().all()
    nothing = rows[(rows.present == 0) & (rows.absent == 0)]
    assert (nothing.value.isna() | nothing.metric.isin(of_family("count"))).all()
    one_class = rows[(rows.metric == "auroc") & ((rows.present == 0) | (rows.absent == 0)) & rows.finding.isin(names)]
    assert one_class.value.isna().all()
    found.save(tmp_path / "evaluation.json")
    assert len(Evaluation.load(tmp_path / "evaluation.json").rows) == len(rows)


def thin_cohort(labels: Any, patients: Any, seed: int = 0) -> tuple[LabelPredictions, Cohort]:
    """Two findings on as many images as there are labels."""
    ids = [f"image{place}" for place in range(len(labels))]
    images = pd.DataFrame({"image_id": ids, "patient_id": [str(one) for one in patients]})
    score = np.random.default_rng(seed).random((len(labels), 2))
    predictions = LabelPredictions(pd.DataFrame(score, columns=["Edema", "Mass"]).assign(image_id=ids))
    return predictions, Cohort("thin", images, pd.DataFrame(labels, columns=["Edema", "Mass"]))


@pytest.mark.parametrize("interval", ["wilson", "percentile", "bca"])
def test_one_patient_has_no_interval(interval: str) -> None:
    labels = [[place % 2, place % 3 == 0] for place in range(12)]
    rows = evaluate(*thin_cohort(labels, [0] * 12), interval=interval, replicates=20).rows
    assert rows.value.notna().any()
    assert rows.low.isna().all()
    assert rows.high.isna().all()


@pytest.mark.parametrize("interval", ["wilson", "percentile"])
def test_a_class_of_one_patient_gives_no_interval_of_zero_width(interval: str) -> None:
    labels = [[place < 2, place % 2] for place in range(24)]  # edema in one patient only
    rows = evaluate(*thin_cohort(labels, np.arange(24) // 2), interval=interval, replicates=50).rows
    recall = rows[(rows.finding == "Edema") & (rows.metric == "recall")].iloc[0]
    assert np.isnan(recall.low)
    assert not ((rows.low == rows.high) & (rows.finding == "Edema") & (rows.metric == "auroc")).any()


def test_a_perfect_ranking_has_an_interval_with_width() -> None:
    labels = [[place % 2, place % 2] for place in range(60)]
    predictions, cohort = thin_cohort(labels, np.arange(60))
    table = predictions.table.assign(Edema=0.1 + 0.8 * cohort.labels.Edema.to_numpy(float))
    row = evaluate(LabelPredictions(table), cohort, metrics=["auroc"], **FEW).rows.iloc[0]
    assert (row.finding, row.value, row.high) == ("Edema", 1, 1)
    assert 0.8 < row.low < 0.95


def test_a_mean_leaves_out_replicates_that_lack_a_finding_and_says_how_many() -> None:
    labels = [[place % 2, place == 0] for place in range(30)]  # one image of one patient shows a mass
    found = evaluate(*thin_cohort(labels, np.arange(30)), interval="percentile", metrics=["auroc"], replicates=400)
    rows = found.rows.set_index("finding")
    assert 0.3 < rows.left_out["macro"] / 400 < 0.45  # 1/e of the replicates draw that patient not once
    assert rows.left_out["macro"] == rows.left_out["Mass"]
    assert rows.left_out["Edema"] == 0
    assert found.provenance["replicates_left_out"] == {"all": rows.left_out["macro"]}
    said = f"{rows.left_out['macro']} of 400 bootstrap replicates drew no image with one of the findings"
    assert any(note.startswith(said) for note in found.provenance["notes"])


def test_a_mean_over_findings_is_that_of_replicates_that_hold_all_of_them() -> None:
    values = mean_over([np.array([0.5, 0.6, np.nan]), np.array([0.9, np.nan, 0.7])])
    assert values[0] == pytest.approx(0.7)
    assert np.isnan(values[1:]).all()


def test_too_few_patients_are_said(study: Any) -> None:
    predictions, cohort = study()
    rows = evaluate(predictions, cohort, metrics=["auroc"], **FEW).rows.set_index("finding")
    assert not rows.too_few.any()
    bare = replace(cohort, labels=cohort.labels.assign(Hernia=(np.arange(240) < 42).astype(float)))  # 14 patients
    found = evaluate(predictions, bare, metrics=["auroc"], **FEW)
    assert found.rows.finding[found.rows.too_few].tolist() == ["Hernia"]
    assert any("Too few patients" in note and note.endswith("hernia.") for note in found.provenance["notes"])


def test_subgroups_hold_what_is_shown_unless_more_is_asked_for(study: Any) -> None:
    shown = evaluate(*study(), subgroups=["sex"], **FEW).rows
    assert set(shown.metric[shown.subgroup == "sex=F"]) == set(INSIDE)
    assert "micro" not in set(shown.finding[shown.subgroup == "sex=F"])
    asked = evaluate(*study(), subgroups=["sex"], metrics=["f1"], **FEW).rows
    assert {"f1", "micro"} <= {*asked.metric[asked.subgroup == "sex=F"], *asked.finding[asked.subgroup == "sex=F"]}
