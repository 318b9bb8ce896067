"""Calibration against scikit-learn, SciPy and a bootstrap; predictive values against counting."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from hilum.evaluation import evaluate
from hilum.evaluation.intervals import closed
from hilum.evaluation.metrics import metrics
from hilum.evaluation.prevalence import with_prevalence
from hilum.schema import Cohort, ConfigError, LabelPredictions

Study = Callable[..., tuple[LabelPredictions, Cohort]]


@pytest.fixture
def calibrated() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(900,) labels, probabilities twice as sure as they may be and a little low, and 300 patients."""
    generator = np.random.default_rng(0)
    truth = generator.normal(-1, 1, 300).repeat(3) + generator.normal(0, 0.3, 900)
    present = (generator.random(900) < expit(truth)).astype(float)
    return present, expit(2 * (truth - 0.4)), np.arange(300).repeat(3)


def test_slope_agrees_with_scikit_learn(calibrated: tuple[np.ndarray, ...]) -> None:
    present, score, _ = calibrated
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(logit(score)[:, None], present)
    assert metrics["calibration_slope"](present, score) == pytest.approx(fitted.coef_[0, 0], abs=1e-6)
    assert 0.4 < metrics["calibration_slope"](present, score) < 0.6


def test_intercept_makes_the_sum_of_probabilities_right(calibrated: tuple[np.ndarray, ...]) -> None:
    present, score, _ = calibrated
    expected = brentq(lambda shift: (expit(logit(score) + shift) - present).sum(), -5, 5, xtol=1e-13)
    assert metrics["calibration_intercept"](present, score) == pytest.approx(expected, abs=1e-9)
    assert metrics["calibration_intercept"](present, score) > 0


@pytest.mark.parametrize("name", ["calibration_slope", "calibration_intercept"])
def test_intervals_are_as_wide_as_a_bootstrap_over_patients(calibrated: tuple[np.ndarray, ...], name: str) -> None:
    present, score, patient = calibrated
    low, high = (float(end) for end in closed[name](present, score, patient, 300).interval())
    assert low < metrics[name](present, score) < high
    drawn = np.random.default_rng(1).multinomial(300, np.full(300, 1 / 300), 400).T.astype(float)
    spread = float(np.std(metrics[name](present, score, drawn[patient])))
    assert (high - low) / 2 == pytest.approx(1.97 * spread, rel=0.12)


def test_lines_that_do_not_exist_are_nan() -> None:
    assert np.isnan(metrics["calibration_slope"]([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]))  # parted wholly
    assert np.isnan(metrics["calibration_slope"]([0, 1, 1], [0.3, 0.3, 0.3]))
    assert np.isnan(metrics["calibration_intercept"]([1, 1], [0.3, 0.4]))


def test_skill_and_observed_to_expected_by_hand(drawn: Any) -> None:
    present, score, _ = drawn
    share = present.mean()
    skill = 1 - ((score - present) ** 2).mean() / ((share - present) ** 2).mean()
    assert metrics["brier_skill"](present, score) == pytest.approx(skill)
    assert metrics["brier_skill"](present, np.full(len(present), share)) == pytest.approx(0)
    assert metrics["observed_to_expected"](present, score) == pytest.approx(present.sum() / score.sum())
    assert np.isnan(metrics["brier_skill"]([1, 1], [0.3, 0.4]))


def test_predictive_values_and_ratios_by_counting(drawn: Any) -> None:
    present, score, _ = drawn
    called = score >= 0.5
    tp, fp = (called & (present == 1)).sum(), (called & (present == 0)).sum()
    fn, tn = (~called & (present == 1)).sum(), (~called & (present == 0)).sum()
    assert metrics["negative_predictive_value"](present, score) == pytest.approx(tn / (tn + fn))
    assert metrics["positive_likelihood_ratio"](present, score) == pytest.approx((tp / (tp + fn)) / (fp / (fp + tn)))
    assert metrics["negative_likelihood_ratio"](present, score) == pytest.approx((fn / (tp + fn)) / (tn / (fp + tn)))
    assert np.isnan(metrics["positive_likelihood_ratio"]([0, 0, 1], [0.1, 0.2, 0.9]))


def test_at_the_own_prevalence_they_are_the_own_values(study: Study) -> None:
    predictions, cohort = study()
    ratios = ["positive_likelihood_ratio", "negative_likelihood_ratio"]
    asked = [*ratios, "precision", "negative_predictive_value", "recall"]
    found = evaluate(predictions, cohort, metrics=asked, replicates=100, curves=False, threshold=0.4)
    share = float(cohort.labels.Effusion.mean())
    stated = with_prevalence(found, {"pleural effusion": share, "Edema": 0.01})
    assert stated.value("ppv_at_prevalence", "Effusion") == pytest.approx(found.value("precision", "Effusion"))
    npv = found.value("negative_predictive_value", "Effusion")
    assert stated.value("npv_at_prevalence", "Effusion") == pytest.approx(npv)
    assert stated.value("ppv_at_prevalence", "Edema") < found.value("precision", "Edema")
    rows = stated.rows[stated.rows.metric == "npv_at_prevalence"]
    assert (rows.low < rows.value).all()
    assert (rows.value < rows.high).all()
    assert len(stated.rows) == len(found.rows) + 4
    with pytest.raises(ConfigError, match="prevalence of 2"):
        with_prevalence(found, 2)
    with pytest.raises(ConfigError, match="Measure both"):
        with_prevalence(evaluate(predictions, cohort, metrics=["recall"], curves=False), 0.1)


def test_the_brier_score_is_the_sum_of_its_parts(drawn: Any) -> None:
    present, score, _ = drawn
    share = present.mean()
    off, told = metrics["brier_miscalibration"](present, score), metrics["brier_resolution"](present, score)
    assert off - told + share * (1 - share) == pytest.approx(metrics["brier"](present, score), abs=1e-14)
    coarse = (np.ceil(score * 15).clip(1) - 0.5) / 15  # one score a bin: Murphy's own three terms
    bins = [present[coarse == value] for value in np.unique(coarse)]
    reliability = sum(
        len(held) * (value - held.mean()) ** 2 for value, held in zip(np.unique(coarse), bins, strict=True)
    )
    resolution = sum(len(held) * (held.mean() - share) ** 2 for held in bins)
    assert metrics["brier_miscalibration"](present, coarse) == pytest.approx(reliability / 300)
    assert metrics["brier_resolution"](present, coarse) == pytest.approx(resolution / 300)


def test_calibration_index_agrees_with_another_basis_of_the_same_splines(calibrated: tuple[np.ndarray, ...]) -> None:
    present, score, _ = calibrated
    x = logit(score)
    knots = np.quantile(x, [0.05, 0.35, 0.65, 0.95], method="inverted_cdf")
    natural = CubicSpline(knots, np.eye(4), bc_type="natural")
    inside = np.clip(x, knots[0], knots[-1])  # beyond the outer knots a natural spline goes on straight
    design = natural(inside) + natural(inside, 1) * (x - inside)[:, None]
    fitted = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=5000).fit(design, present)
    expected = np.abs(score - fitted.predict_proba(design)[:, 1]).mean()
    assert metrics["integrated_calibration_index"](present, score) == pytest.approx(expected, abs=1e-4)


def test_calibration_index_is_small_where_probabilities_are_right_and_the_distance_where_they_are_not() -> None:
    generator = np.random.default_rng(1)
    truth = generator.uniform(0.05, 0.95, 20_000)
    present = (generator.random(20_000) < truth).astype(float)
    shifted = expit(logit(truth) + 1)
    assert metrics["integrated_calibration_index"](present, truth) < 0.01
    found = metrics["integrated_calibration_index"](present, shifted)
    assert found == pytest.approx(np.abs(shifted - truth).mean(), abs=0.01)
