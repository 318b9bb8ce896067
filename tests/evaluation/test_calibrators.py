import json
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from hilum.evaluation.calibrators import calibrators
from hilum.evaluation.calibrators.beta import beta
from hilum.evaluation.calibrators.isotonic import isotonic
from hilum.evaluation.calibrators.lines import LogitLine, from_dict, to_dict
from hilum.evaluation.calibrators.platt import platt
from hilum.evaluation.calibrators.temperature import temperature
from hilum.evaluation.metrics import metrics


@pytest.fixture
def skewed() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, the true probabilities, and what an overconfident model says of them."""
    generator = np.random.default_rng(0)
    true = expit(generator.normal(-1, 1.2, 20_000))
    present = (generator.random(20_000) < true).astype(float)
    return present, true, expit(2.5 * logit(true) + 0.8)


def test_platt_finds_the_distortion(skewed: Any) -> None:
    present, true, said = skewed
    line = platt(present, said)
    assert (line.a, line.b, line.c) == pytest.approx((1 / 2.5, 1 / 2.5, -0.8 / 2.5), abs=0.03)
    assert abs(line(said) - true).max() < 0.02


def test_platt_agrees_with_scikit_learns_regression(skewed: Any) -> None:
    present, _, said = skewed
    fitted = LogisticRegression(C=np.inf).fit(logit(said)[:, None], present)
    line = platt(present, said)
    assert (line.a, line.c) == pytest.approx((fitted.coef_[0, 0], fitted.intercept_[0]), abs=2e-3)


def test_beta_agrees_with_scikit_learns_regression(skewed: Any) -> None:
    present, _, said = skewed
    columns = np.column_stack([np.log(said), -np.log1p(-said)])
    fitted = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000).fit(columns, present)
    line = beta(present, said)
    assert (line.a, line.b, line.c) == pytest.approx((*fitted.coef_[0], fitted.intercept_[0]), abs=2e-3)


def test_temperature_is_the_best_single_number(skewed: Any) -> None:
    present, _, said = skewed
    line = temperature(present, said)
    costs = [metrics["log_loss"](present, expit(logit(said) * line.a * factor)) for factor in (0.98, 1, 1.02)]
    assert min(costs) == costs[1]
    assert line([0.5])[0] == pytest.approx(0.5)


def test_isotonic_agrees_with_scikit_learn(skewed: Any) -> None:
    present, _, said = (values[:500] for values in skewed)
    expected = IsotonicRegression(out_of_bounds="clip").fit(said, present).predict(said)
    assert isotonic(present, said)(said) == pytest.approx(np.clip(expected, 1 / 502, 501 / 502))


@pytest.mark.parametrize("name", list(calibrators))
def test_calibrated_probabilities_come_true(name: str, skewed: Any) -> None:
    assert len(calibrators) == 4
    present, _, said = skewed
    fitted = calibrators[name](present[::2], said[::2])
    later = fitted(said[1::2])
    error = metrics["expected_calibration_error"]
    assert error(present[1::2], said[1::2]) > 0.1
    assert error(present[1::2], later) < (0.06 if name == "temperature" else 0.02)  # no offset in a temperature
    assert metrics["log_loss"](present[1::2], later) < metrics["log_loss"](present[1::2], said[1::2])


@pytest.mark.parametrize("name", list(calibrators))
def test_order_stays_and_the_file_keeps_the_map(name: str, skewed: Any) -> None:
    present, _, said = skewed
    fitted = calibrators[name](present, said)
    grid = np.linspace(0, 1, 101)
    assert np.diff(fitted(grid)).min() >= 0
    assert ((fitted(grid) >= 0) & (fitted(grid) <= 1)).all()
    assert (from_dict(json.loads(json.dumps(to_dict(fitted))))(grid) == fitted(grid)).all()
    assert np.isnan(fitted([np.nan])).all()


@pytest.mark.parametrize("name", list(calibrators))
def test_perfect_scores_stay_finite(name: str) -> None:
    fitted = calibrators[name]([0, 0, 0, 1, 1], [0.0, 0.1, 0.2, 0.9, 1.0])
    assert np.isfinite(fitted([0.0, 0.5, 1.0])).all()


def test_no_calibration_is_no_change() -> None:
    grid = np.linspace(0.001, 0.999, 50)
    assert LogitLine(1, 1, 0)(grid) == pytest.approx(grid, abs=1e-15)


@pytest.mark.parametrize("name", ["temperature", "platt", "beta"])
def test_a_line_fitted_on_misleading_images_keeps_the_order(name: str) -> None:
    score = np.linspace(0.05, 0.95, 10)
    calibrated = calibrators[name](score < 0.5, score)(score)  # the lower half has the finding
    assert (np.diff(calibrated) > 0).all()
