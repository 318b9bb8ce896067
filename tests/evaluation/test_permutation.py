from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from hilum.evaluation.bootstrap import draw
from hilum.evaluation.metrics import metrics
from hilum.evaluation.permutation import as_ranks, permutation_p, permuted_differences


def test_equal_to_swapping_the_scores_one_shuffle_after_the_other(drawn: Any) -> None:
    present, first, patient = drawn
    second = np.random.default_rng(5).permutation(first)
    draws = draw(patient)
    swapped = np.random.default_rng(0).random((draws.patients, 8)) < 0.5
    metric = {"auroc": metrics["auroc"], "brier": metrics["brier"]}
    found = permuted_differences(metric, present, [first, second], draws.patient, swapped)
    for shuffle in range(8):
        swap = swapped[draws.patient, shuffle]
        ours, theirs = np.where(swap, second, first), np.where(swap, first, second)
        expected = roc_auc_score(present, ours) - roc_auc_score(present, theirs)
        assert found["auroc"][shuffle] == pytest.approx(expected, abs=1e-12)
        expected = ((ours - present) ** 2).mean() - ((theirs - present) ** 2).mean()
        assert found["brier"][shuffle] == pytest.approx(expected, abs=1e-12)


def test_p_counts_differences_as_large_on_either_side() -> None:
    permuted = np.array([-0.3, -0.1, 0.0, 0.1, 0.2, np.nan])
    assert permutation_p(0.2, permuted) == pytest.approx(3 / 6)
    assert permutation_p(-0.5, permuted) == pytest.approx(1 / 6)
    assert np.isnan(permutation_p(np.nan, permuted))


def test_p_of_equal_models_is_uniform() -> None:
    p = []
    for seed in range(60):
        generator = np.random.default_rng(seed)
        present = (generator.random(80) < 0.4).astype(float)
        scores = [generator.normal(size=80) + present for _ in range(2)]
        swapped = generator.random((80, 99)) < 0.5
        metric = metrics["auroc"]
        permuted = permuted_differences({"auroc": metric}, present, scores, np.arange(80), swapped)["auroc"]
        p.append(permutation_p(metric(present, scores[0]) - metric(present, scores[1]), permuted))
    assert 0.35 < np.mean(p) < 0.65
    assert np.mean(np.array(p) <= 0.1) < 0.25


def test_ranks_keep_the_order_and_lie_inside(drawn: Any) -> None:
    ranks = as_ranks(drawn[1])
    assert 0 < ranks.min() < ranks.max() < 1
    assert roc_auc_score(drawn[0], ranks) == pytest.approx(roc_auc_score(drawn[0], drawn[1]))
