from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference

from hilum.evaluation.metrics import metrics

SAME = {
    "precision": reference.precision_score,
    "recall": reference.recall_score,
    "specificity": lambda truth, call: reference.recall_score(1 - truth, 1 - call),
    "f1": reference.f1_score,
    "accuracy": reference.accuracy_score,
    "balanced_accuracy": reference.balanced_accuracy_score,
    "mcc": reference.matthews_corrcoef,
}


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.71])
def test_agrees_with_scikit_learn(name: str, threshold: float, drawn: Any) -> None:
    present, score, _ = drawn
    expected = SAME[name](present.astype(int), (score >= threshold).astype(int))
    assert metrics[name](present, score, threshold=threshold) == pytest.approx(expected, abs=1e-12)


def test_counts_agree_with_scikit_learn(drawn: Any) -> None:
    present, score, _ = drawn
    expected = reference.confusion_matrix(present, score >= 0.4).ravel()
    names = ("true_negatives", "false_positives", "false_negatives", "true_positives")
    assert [metrics[name](present, score, threshold=0.4) for name in names] == expected.tolist()


def test_a_score_on_the_threshold_is_called() -> None:
    assert metrics["recall"]([1, 1], [0.5, 0.49]) == 0.5


@pytest.mark.parametrize(("name", "value"), [("precision", 0.0), ("f1", 0.0), ("mcc", 0.0), ("specificity", 1.0)])
def test_nothing_called(name: str, value: float) -> None:
    assert metrics[name]([0, 1, 0], [0.1, 0.2, 0.3]) == value


@pytest.mark.parametrize("name", ["precision", "f1", "mcc", "balanced_accuracy"])
@pytest.mark.parametrize("label", [0, 1])
def test_a_missing_class_gives_nan(name: str, label: int) -> None:
    metric: Callable[..., float] = metrics[name]
    assert np.isnan(metric(np.full(3, label), [0.1, 0.6, 0.9]))


def test_recall_and_specificity_ask_for_their_own_class_only() -> None:
    assert metrics["recall"]([1, 1], [0.6, 0.2]) == 0.5
    assert np.isnan(metrics["recall"]([0, 0], [0.6, 0.2]))
    assert np.isnan(metrics["specificity"]([1, 1], [0.6, 0.2]))
