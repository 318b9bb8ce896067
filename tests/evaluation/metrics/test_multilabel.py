from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference

from hilum.evaluation.metrics.labels.coverage_error import coverage_error
from hilum.evaluation.metrics.labels.exact_match import exact_match
from hilum.evaluation.metrics.labels.hamming_loss import hamming_loss
from hilum.evaluation.metrics.labels.lrap import lrap


@pytest.fixture
def table() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(3)
    present = (generator.random((200, 6)) < 0.25).astype(float)
    return present, np.round(generator.random((200, 6)) * 0.6 + 0.3 * present, 1)


@pytest.mark.parametrize("threshold", [0.3, 0.5])
def test_decisions_agree_with_scikit_learn(threshold: float, table: Any) -> None:
    present, score = table
    called = score >= threshold
    assert hamming_loss(present, score, threshold=threshold) == pytest.approx(reference.hamming_loss(present, called))
    assert exact_match(present, score, threshold=threshold) == pytest.approx(reference.accuracy_score(present, called))


def test_ranking_agrees_with_scikit_learn(table: Any) -> None:
    present, score = table
    assert coverage_error(present, score) == pytest.approx(reference.coverage_error(present, score))
    expected = reference.label_ranking_average_precision_score(present, score)
    assert lrap(present, score) == pytest.approx(expected)


def test_a_threshold_a_finding(table: Any) -> None:
    present, score = table
    thresholds = np.linspace(0.2, 0.7, 6)
    expected = reference.hamming_loss(present, score >= thresholds)
    assert hamming_loss(present, score, threshold=thresholds) == pytest.approx(expected)


def test_an_unknown_label_leaves_out_its_cell_or_its_image() -> None:
    present, score = np.array([[1, np.nan], [0, 1]]), np.array([[0.2, 0.9], [0.1, 0.8]])
    assert hamming_loss(present, score) == pytest.approx(1 / 3)
    assert exact_match(present, score) == 1.0
    assert lrap(present, score) == 1.0
    assert coverage_error(present, score) == 1.0


def test_one_finding_is_a_table_of_one_column(table: Any) -> None:
    present, score = table[0][:, 0], table[1][:, 0]
    assert hamming_loss(present, score) == pytest.approx(((score >= 0.5) != present).mean())
