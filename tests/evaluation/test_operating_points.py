from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_curve

from hilum.evaluation.operating_points import operating_points
from hilum.evaluation.operating_points.cost import cost
from hilum.evaluation.operating_points.fixed_ppv import fixed_ppv
from hilum.schema import ConfigError


def rates(present: np.ndarray, score: np.ndarray, threshold: float) -> tuple[float, float, float]:
    """Sensitivity, specificity, PPV."""
    called = score >= threshold
    ppv = present[called].mean() if called.any() else float("nan")
    return called[present == 1].mean(), (~called)[present == 0].mean(), ppv


def test_youden_agrees_with_scikit_learns_curve(drawn: Any) -> None:
    present, score, _ = drawn
    fpr, tpr, thresholds = roc_curve(present, score, drop_intermediate=False)
    assert operating_points["youden"](present, score) == thresholds[np.argmax(tpr - fpr)]


def test_best_f1_agrees_with_trying_all(drawn: Any) -> None:
    present, score, _ = drawn
    best = operating_points["best_f1"](present, score)
    tried = [f1_score(present, score >= threshold) for threshold in np.unique(score)]
    assert f1_score(present, score >= best) == max(tried)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8, 0.95, 1.0])
@pytest.mark.parametrize(("place", "name"), [(0, "sensitivity"), (1, "specificity"), (2, "ppv")])
def test_fixed_rates_are_reached_and_by_no_more_than_needed(share: float, place: int, name: str, drawn: Any) -> None:
    present, score, _ = drawn
    threshold = operating_points[f"fixed_{name}"](present, score, **{name: share})
    reached = [each for each in np.append(np.unique(score), 2.0) if rates(present, score, each)[place] >= share]
    if name == "ppv" and not reached:
        best = max(rates(present, score, each)[2] for each in np.unique(score))
        assert rates(present, score, threshold)[2] == best < share
    else:
        expected = max(reached) if name == "sensitivity" else min(reached)
        assert rates(present, score, threshold) == pytest.approx(rates(present, score, expected), nan_ok=True)


def test_cost_agrees_with_trying_all(drawn: Any) -> None:
    present, score, _ = drawn
    for miss, alarm in ((10, 1), (1, 1), (1, 50)):
        threshold = cost(present, score, miss=miss, false_alarm=alarm)

        def spent(at: float, miss: int = miss, alarm: int = alarm) -> float:
            return miss * (present[score < at] == 1).sum() + alarm * (present[score >= at] == 0).sum()

        assert spent(threshold) == min(spent(each) for each in np.append(np.unique(score), 2.0))


def test_dear_alarms_silence_the_model(drawn: Any) -> None:
    present, score, _ = drawn
    assert cost(present, score, miss=0, false_alarm=1) > score.max()


def test_a_ppv_out_of_reach_comes_as_near_as_it_can() -> None:
    present, score = [0, 0, 1, 0], [0.1, 0.2, 0.3, 0.4]
    assert fixed_ppv(present, score, ppv=0.9) == 0.3


@pytest.mark.parametrize("name", list(operating_points))
def test_order_of_rows_does_not_matter_and_scale_goes_along(name: str, drawn: Any) -> None:
    assert len(operating_points) == 6
    present, score, _ = drawn
    rule: Callable[..., float] = operating_points[name]
    order = np.random.default_rng(0).permutation(len(score))
    assert rule(present[order], score[order]) == rule(present, score)
    assert rule(present, score / 2) == pytest.approx(rule(present, score) / 2)
    assert type(rule(present, score)) is float


@pytest.mark.parametrize(("name", "option"), [("fixed_ppv", "ppv"), ("fixed_sensitivity", "sensitivity")])
def test_shares_outside_their_range_are_refused(name: str, option: str) -> None:
    with pytest.raises(ConfigError, match=f"A {option} of 90"):
        operating_points[name]([0, 1], [0.1, 0.9], **{option: 90})


def test_a_specificity_that_is_just_reached_counts_as_reached() -> None:
    score = np.arange(101) / 200
    present = np.arange(101) == 100
    assert operating_points["fixed_specificity"](present, score, specificity=0.93) == score[93]
