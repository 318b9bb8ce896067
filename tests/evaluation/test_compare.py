from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hilum.evaluation import evaluate
from hilum.evaluation.bootstrap import Draws
from hilum.evaluation.compare import MEANS, Comparison, compare
from hilum.evaluation.corrections.benjamini_hochberg import benjamini_hochberg
from hilum.evaluation.corrections.holm import holm
from hilum.evaluation.delong import delong_test
from hilum.schema import Cohort, ConfigError, DataError, LabelPredictions

Pair = tuple[dict[str, LabelPredictions], Cohort]


@pytest.fixture
def pair(study: Callable[..., Any]) -> Pair:
    """Two models, the second one worse by noise."""
    predictions, cohort = study()
    noise = np.random.default_rng(9).random((240, 3))
    blurred = 0.4 * predictions.probabilities + 0.6 * noise
    worse = pd.DataFrame(blurred, columns=list(predictions.findings)).assign(image_id=predictions.table.image_id)
    return {"sharp": predictions, "blurred": LabelPredictions(worse)}, cohort


def mixed(one: LabelPredictions, other: LabelPredictions, share: float) -> LabelPredictions:
    """The one with so much of the other in it."""
    values = (1 - share) * one.probabilities + share * other.probabilities
    return LabelPredictions(pd.DataFrame(values, columns=list(one.findings)).assign(image_id=one.table.image_id))


def row(comparison: Comparison, model: str, finding: str, metric: str = "auroc") -> Any:
    table = comparison.table
    return table[(table.model == model) & (table.finding == finding) & (table.metric == metric)].iloc[0]


@pytest.mark.parametrize("test", ["interval", "permutation"])
def test_values_are_those_of_each_evaluation(pair: Pair, test: str) -> None:
    models, cohort = pair
    both = compare(models, cohort, test=test, metrics=["auroc", "f1", "lrap"], replicates=100)
    for name, predictions in models.items():
        alone = evaluate(predictions, cohort, metrics=["auroc", "f1", "lrap"], replicates=100)
        for finding, metric in (("Effusion", "auroc"), ("macro", "f1"), ("micro", "auroc"), ("micro", "lrap")):
            held = row(both, name, finding, metric)
            assert held.value == pytest.approx(alone.value(metric, finding))
            rows = alone.rows[(alone.rows.finding == finding) & (alone.rows.metric == metric)].iloc[0]
            assert (held.low, held.high) == pytest.approx((rows.low, rows.high))
    against = both.table[both.table.model == "blurred"]
    assert not against[["difference", "difference_low", "difference_high", "p", "p_corrected"]].isna().any(axis=None)


@pytest.mark.parametrize("test", ["interval", "permutation", "delong"])
def test_a_clear_difference_is_found_by_every_test(pair: Pair, test: str) -> None:
    models, cohort = pair
    found = row(compare(models, cohort, test=test, metrics=["auroc"], replicates=400), "blurred", "Effusion")
    assert found.difference_high < 0
    assert found.p < 0.02
    assert found.p <= found.p_corrected


def test_delong_is_that_over_patients(pair: Pair) -> None:
    models, cohort = pair
    found = row(compare(models, cohort, test="delong", metrics=["auroc"], replicates=20), "blurred", "Edema")
    scores = [model.table.Edema for model in (models["blurred"], models["sharp"])]
    expected = delong_test(cohort.labels.Edema, *scores, patient=cohort.images.patient_id)
    assert (found.difference, found.p) == pytest.approx((expected.value, expected.p))


def test_pairing_makes_the_interval_of_the_difference_narrow(pair: Pair) -> None:
    models, cohort = pair
    nearly = models["sharp"].probabilities * 0.98 + models["blurred"].probabilities * 0.02
    table = pd.DataFrame(nearly, columns=list(models["sharp"].findings)).assign(image_id=models["sharp"].table.image_id)
    found = row(compare({"a": models["sharp"], "b": LabelPredictions(table)}, cohort, replicates=200), "b", "Effusion")
    assert found.difference_high - found.difference_low < 0.7 * (found.high - found.low)


def test_corrections_run_over_findings_and_models_and_of_means_over_models(pair: Pair) -> None:
    models, cohort = pair
    three = {**models, "halfway": mixed(models["sharp"], models["blurred"], 0.4)}
    for name, correct in (("holm", holm), ("benjamini_hochberg", benjamini_hochberg)):
        table = compare(three, cohort, metrics=["auroc"], correction=name, replicates=100).table
        against = table[table.model != "sharp"]
        single, macro = against[~against.finding.isin(MEANS)], against[against.finding == "macro"]
        assert (len(single), len(macro)) == (6, 2)
        for rows in (single, macro):
            assert rows.p_corrected.to_numpy() == pytest.approx(correct(rows.p))


@pytest.mark.parametrize("interval", ["wilson", "percentile", "bca"])
def test_p_is_below_the_level_exactly_where_the_interval_leaves_zero_out(pair: Pair, interval: str) -> None:
    models, cohort = pair
    metrics = ["auroc", "average_precision", "recall", "f1", "mcc", "brier"]
    seen = []
    for share in (0.1, 0.3, 0.6):
        both = {"sharp": models["sharp"], "mixed": mixed(models["sharp"], models["blurred"], share)}
        table = compare(both, cohort, metrics=metrics, interval=interval, replicates=299).table
        rows = table[(table.model == "mixed") & table.p.notna()]
        outside = (rows.difference_low > 0) | (rows.difference_high < 0)
        assert ((rows.p < 0.05) == outside).all()
        seen += outside.tolist()
    assert 5 < sum(seen) < len(seen) - 5


def test_delong_needs_no_metric_to_be_named(pair: Pair) -> None:
    models, cohort = pair
    table = compare(models, cohort, test="delong", replicates=20).table
    assert set(table.metric) == {"auroc"}
    assert table[(table.model == "blurred") & ~table.finding.isin(MEANS)].p.notna().all()


def test_each_model_is_called_at_its_own_points(pair: Pair) -> None:
    models, cohort = pair
    points = {"operating_points": {"thresholds": {"Effusion": 0.2, "Edema": 0.3, "Hernia": 0.4}}}
    both = {"sharp": replace(models["sharp"], provenance=points), "blurred": models["blurred"]}
    found = compare(both, cohort, metrics=["recall"], replicates=20)
    own = evaluate(both["sharp"], cohort, metrics=["recall"], replicates=20)
    assert row(found, "sharp", "Effusion", "recall").value == own.value("recall", "Effusion")
    assert found.provenance["threshold"] == {"sharp": points["operating_points"]["thresholds"], "blurred": 0.5}
    alike = compare(both, cohort, metrics=["recall"], threshold=0.2, replicates=20)
    assert set(alike.provenance["threshold"].values()) == {0.2}


def test_only_images_and_findings_of_all_models_are_compared(pair: Pair) -> None:
    models, cohort = pair
    table = models["blurred"].table.drop(columns="Hernia").iloc[50:].rename(columns={"Effusion": "Pleural Effusion"})
    silent = table.assign(Edema=table.Edema.where(np.arange(len(table)) >= 7))
    found = compare({"sharp": models["sharp"], "part": LabelPredictions(silent)}, cohort, replicates=20)
    assert set(found.table.finding) == {"Effusion", "Edema", "macro", "weighted", "micro"}
    assert found.provenance["images"] == 190
    assert found.provenance["images_not_compared"] == {"sharp": 50, "part": 0}
    rows = [row(found, model, "Edema") for model in ("sharp", "part")]
    assert {held.present + held.absent for held in rows} == {183}
    assert "Edema: left out 7 no probability." in found.provenance["notes"]


def test_images_of_another_side_are_not_said_to_be_missing(pair: Pair) -> None:
    notes = compare(*pair, split="test", metrics=["auroc"], replicates=5).provenance["notes"]
    assert "120 predicted images are of another split; they are left out." in notes
    assert not [note for note in notes if "not all hold them" in note]


def test_the_reference_can_be_named(pair: Pair) -> None:
    models, cohort = pair
    found = compare(models, cohort, reference="blurred", replicates=50)
    assert row(found, "sharp", "Effusion").difference > 0
    assert np.isnan(row(found, "blurred", "Effusion").difference)


def test_p_of_replicates_is_two_sided_and_never_zero() -> None:
    def p(replicates: np.ndarray) -> float:
        return Draws(np.ones((3, 1), np.uint8), np.arange(3), len(replicates), 0).p(np.r_[0.5, replicates])

    assert p(np.arange(1.0, 100)) == pytest.approx(2 / 100)
    assert p(np.array([-1.0, 1, 1, 1])) == pytest.approx(4 / 5)
    assert p(np.zeros(10)) == 1


def test_what_cannot_be_compared_is_refused(pair: Pair) -> None:
    models, cohort = pair
    with pytest.raises(ConfigError, match="two or more"):
        compare({"a": models["sharp"]}, cohort)
    with pytest.raises(ConfigError, match="no model 'c'"):
        compare(models, cohort, reference="c")
    with pytest.raises(ConfigError, match="no test 'delong' of f1"):
        compare(models, cohort, test="delong", metrics=["f1"])
    strange = models["sharp"].table.assign(image_id=[f"x{place}" for place in range(240)])
    with pytest.raises(DataError, match="no image or no finding in common"):
        compare({**models, "c": LabelPredictions(strange)}, replace(cohort))


@pytest.mark.parametrize("test", ["interval", "permutation", "delong"])
def test_of_one_patient_with_the_finding_no_p_is_given(pair: Pair, test: str) -> None:
    models, cohort = pair
    labels = cohort.labels.assign(Effusion=(cohort.images.patient_id == "p3").astype(float))
    table = compare(models, replace(cohort, labels=labels), test=test, metrics=["auroc"], replicates=50).table
    single = table[(table.model == "blurred") & (table.finding == "Effusion")].iloc[0]
    assert np.isnan([single.p, single.p_corrected, single.difference_low, single.difference_high]).all()
    assert not np.isnan(single.difference)
    assert not np.isnan(table[(table.model == "blurred") & (table.finding == "Edema")].p).any()
