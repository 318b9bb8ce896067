from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference

from hilum.evaluation.metrics.labels.brier import brier
from hilum.evaluation.metrics.labels.expected_calibration_error import expected_calibration_error
from hilum.evaluation.metrics.labels.log_loss import log_loss


def test_brier_and_log_loss_agree_with_scikit_learn(drawn: Any) -> None:
    present, score, _ = drawn
    assert brier(present, score) == pytest.approx(reference.brier_score_loss(present, score), abs=1e-14)
    assert log_loss(present, score) == pytest.approx(reference.log_loss(present, score), abs=1e-14)


def test_sure_and_wrong_costs_much_but_not_everything() -> None:
    assert log_loss([1, 0], [0.0, 0.0]) == pytest.approx(reference.log_loss([1, 0], [0.0, 0.0]))
    assert log_loss([1, 0], [1.0, 0.0]) == pytest.approx(0, abs=1e-12)


def test_calibration_error_agrees_with_the_plain_loop(drawn: Any) -> None:
    present, score, _ = drawn
    expected, edges = 0.0, np.linspace(0, 1, 11)
    for low, high in pairwise(edges):
        inside = (score > low + 1e-9) & (score <= high + 1e-9)
        if inside.any():
            expected += inside.mean() * abs(present[inside].mean() - score[inside].mean())
    assert expected_calibration_error(present, score, bins=10) == pytest.approx(expected, abs=1e-12)


def test_calibrated_probabilities_have_little_error() -> None:
    generator = np.random.default_rng(0)
    score = generator.random(20_000)
    present = (generator.random(20_000) < score).astype(float)
    assert expected_calibration_error(present, score) < 0.02
    assert expected_calibration_error(present, score**3) > 0.1


def test_zero_and_one_have_a_bin() -> None:
    assert expected_calibration_error([0, 1], [0.0, 1.0]) == 0
