import numpy as np
import pytest

from hilum.evaluation.decision_curve import decision_curve
from hilum.evaluation.metrics.sums import Weights


def test_net_benefit_is_true_calls_less_false_ones_at_their_price() -> None:
    generator = np.random.default_rng(0)
    present, score = (generator.random(200) < 0.2).astype(float), generator.random(200).round(2)
    held = decision_curve(present, score, Weights(np.ones((200, 3)), np.arange(200)))
    for at, benefit, everyone in zip(held["threshold"], held["net_benefit"], held["all"], strict=True):
        called = score >= at
        price = at / (1 - at)
        expected = ((called & (present == 1)).sum() - (called & (present == 0)).sum() * price) / 200
        assert benefit == pytest.approx(expected)
        assert everyone == pytest.approx(present.mean() - (1 - present.mean()) * price)


def test_a_perfect_model_gains_the_prevalence() -> None:
    present = np.array([0.0, 0, 0, 1])
    held = decision_curve(present, present, Weights(np.ones((4, 2)), np.arange(4)))
    assert held["net_benefit"] == pytest.approx(np.full(60, 0.25))
