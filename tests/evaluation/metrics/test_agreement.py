from typing import Any

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from hilum.evaluation.metrics.fleiss_kappa import fleiss_kappa
from hilum.evaluation.metrics.labels.cohen_kappa import cohen_kappa
from hilum.schema import DataError

# A worked example often reprinted: how many of 14 readers put each of 10 subjects into each of 5 categories; 0.210.
FLEISS = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip


def test_cohen_agrees_with_scikit_learn(drawn: Any) -> None:
    present, score, _ = drawn
    expected = cohen_kappa_score(present, score >= 0.4)
    assert cohen_kappa(present, score, threshold=0.4) == pytest.approx(expected, abs=1e-12)


def test_cohen_is_symmetric_between_readers(drawn: Any) -> None:
    first, second = drawn[0], (drawn[1] > 0.4).astype(float)
    assert cohen_kappa(first, second) == pytest.approx(cohen_kappa(second, first))


def test_fleiss_gives_the_worked_example() -> None:
    ratings = np.array([np.repeat(np.arange(5), counts) for counts in FLEISS])
    assert fleiss_kappa(ratings) == pytest.approx(0.210, abs=0.0005)


def test_fleiss_agrees_with_counting_pairs_of_readers() -> None:
    ratings = np.random.default_rng(2).integers(0, 3, (25, 4))
    pairs = [(a, b) for a in range(4) for b in range(4) if a != b]
    agreed = np.mean([(ratings[:, a] == ratings[:, b]).mean() for a, b in pairs])
    chance = sum((ratings == category).mean() ** 2 for category in range(3))
    assert fleiss_kappa(ratings) == pytest.approx((agreed - chance) / (1 - chance))


def test_order_of_readers_does_not_matter() -> None:
    ratings = np.random.default_rng(0).integers(0, 2, (30, 4))
    shuffled = np.random.default_rng(1).permuted(ratings, axis=1)
    assert fleiss_kappa(shuffled) == pytest.approx(fleiss_kappa(ratings))


def test_agreement_that_cannot_be_judged_is_nan() -> None:
    assert np.isnan(cohen_kappa([1, 1], [1, 1]))
    assert np.isnan(fleiss_kappa([[1, 1], [1, 1]]))


def test_one_reader_is_no_agreement() -> None:
    with pytest.raises(DataError, match=r"shape \(3, 1\)"):
        fleiss_kappa([[1], [0], [1]])
