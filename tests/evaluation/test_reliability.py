import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from hilum.evaluation.metrics.sums import Weights
from hilum.evaluation.reliability import reliability


@pytest.fixture
def images() -> tuple[np.ndarray, np.ndarray, Weights]:
    generator = np.random.default_rng(0)
    score = generator.random(1000)
    present = (generator.random(1000) < score).astype(float)
    table = np.column_stack([np.ones(1000), generator.poisson(1, (1000, 200))])
    return present, score, Weights(table.astype(float), np.arange(1000))


def test_agrees_with_scikit_learn(images: tuple[np.ndarray, np.ndarray, Weights]) -> None:
    present, score, weights = images
    held = reliability(present, score, weights)
    observed, predicted = calibration_curve(present, score, n_bins=10, strategy="quantile")
    assert held["observed"] == pytest.approx(observed)
    assert held["predicted"] == pytest.approx(predicted)
    assert held["images"].tolist() == [100] * 10


def test_the_band_of_calibrated_probabilities_holds_the_diagonal(
    images: tuple[np.ndarray, np.ndarray, Weights],
) -> None:
    held = reliability(*images)
    assert ((held["low"] < held["predicted"]) & (held["predicted"] < held["high"])).sum() >= 8


def test_scores_with_few_values_have_few_bins() -> None:
    weights = Weights(np.ones((40, 2)), np.arange(40))
    score, present = np.repeat([0.0, 0.5], 20), np.tile([0.0, 1.0], 20)
    held = reliability(present, score, weights)
    assert held["predicted"].tolist() == [0.0, 0.5]
    assert held["images"].sum() == 40
