from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from hilum.evaluation.metrics.labels.auroc import auroc
from hilum.evaluation.metrics.labels.average_precision import average_precision
from hilum.evaluation.metrics.labels.partial_auroc import partial_auroc
from hilum.schema import ConfigError, DataError


def test_auroc_agrees_with_scikit_learn(drawn: Any) -> None:
    present, score, _ = drawn
    assert auroc(present, score) == pytest.approx(roc_auc_score(present, score), abs=1e-14)


def test_average_precision_agrees_with_scikit_learn(drawn: Any) -> None:
    present, score, _ = drawn
    assert average_precision(present, score) == pytest.approx(average_precision_score(present, score), abs=1e-14)


@pytest.mark.parametrize("limit", [0.03, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("digits", [1, 2, 9])
def test_partial_auroc_agrees_with_scikit_learn(limit: float, digits: int) -> None:
    generator = np.random.default_rng(digits)
    present = (generator.random(400) < 0.2).astype(float)
    score = np.round(generator.random(400) + 0.3 * present, digits)
    expected = roc_auc_score(present, score, max_fpr=limit)
    assert partial_auroc(present, score, max_fpr=limit) == pytest.approx(expected, abs=1e-12)


def test_auroc_of_negated_scores_is_the_rest(drawn: Any) -> None:
    present, score, _ = drawn
    assert auroc(present, -score) == pytest.approx(1 - auroc(present, score), abs=1e-12)


@pytest.mark.parametrize("metric", [auroc, partial_auroc, average_precision])
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_a_missing_class_gives_nan(metric: Any, label: float) -> None:
    assert np.isnan(metric(np.full(4, label), np.arange(4.0)))


def test_no_images_give_nan() -> None:
    assert np.isnan(auroc([], []))


def test_weights_of_another_length_are_refused() -> None:
    with pytest.raises(DataError, match=r"shape \(3,\) for 2 rows"):
        auroc([0, 1], [0.1, 0.2], np.ones(3))


def test_a_limit_outside_the_rate_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"max_fpr of 1\.5"):
        partial_auroc([0, 1], [0.1, 0.2], max_fpr=1.5)
