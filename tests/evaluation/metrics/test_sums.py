from importlib import import_module

import numpy as np
import pytest

from hilum.evaluation.metrics.labels.auroc import auroc
from hilum.evaluation.metrics.ladder import Ladder
from hilum.evaluation.metrics.sums import Weights, ratio


def test_weights_of_a_group_are_weights_of_its_rows() -> None:
    table, group = np.array([[1.0, 2.0], [0.0, 3.0]]), np.array([0, 1, 1])
    weights = Weights(table, group)
    value = np.array([10.0, 1.0, 2.0])
    assert weights.total(value).tolist() == (value @ table[group]).tolist()
    assert weights.at(np.array([1, 2])).total(value[1:]).tolist() == [0.0, 9.0]
    assert weights.mean(value) == pytest.approx([10.0, (20 + 9) / 8])


def test_a_ratio_by_zero_is_named() -> None:
    assert np.isnan(ratio(np.ones(1), np.zeros(1)))[0]
    assert ratio(np.ones(1), np.zeros(1), empty=0.0)[0] == 0


def test_a_ladder_counts_below_and_beside() -> None:
    (ladder,) = Ladder.each([1, 0, 0, 1, 0, 1], [0.5, 0.5, 0.1, 0.7, 0.6, 0.5], None)
    assert ladder.positives[:, 0].tolist() == [2, 1]
    assert ladder.ties[:, 0].tolist() == [1, 0]
    assert ladder.below[:, 0].tolist() == [1, 3]
    assert ladder.negatives.tolist() == [3]


def test_parts_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(0)
    present, score, weight = generator.integers(0, 2, 50), generator.random(50), generator.random((50, 9))
    whole = auroc(present, score, weight)
    monkeypatch.setattr(import_module("hilum.evaluation.metrics.sums"), "CELLS", 2)
    assert len(list(Ladder.each(present, score, weight))) == 2
    assert auroc(present, score, weight) == pytest.approx(whole, abs=1e-15)
