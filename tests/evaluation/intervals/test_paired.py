"""Differences of AUROC that rest on few patients: by hand, by symmetry, and beside the t interval."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import chi2

from hilum.evaluation.delong import delong_test
from hilum.evaluation.intervals import closed
from hilum.evaluation.intervals.paired import Paired, _bent, p_of
from hilum.evaluation.intervals.shares import Estimate, mean_of

POSITIVE, NEGATIVE = 40, 120
PRESENT = np.repeat([1.0, 0.0], [POSITIVE, NEGATIVE])
PATIENT = np.arange(POSITIVE + NEGATIVE)


def estimate(score: np.ndarray) -> Estimate:
    found: Estimate = closed["auroc"](PRESENT, score, PATIENT, len(PATIENT))
    return found


def two(alike: float, area: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    shared, *own = generator.normal(size=(3, len(PATIENT)))
    first, second = (np.sqrt(alike) * shared + np.sqrt(1 - alike) * noise + area * PRESENT for noise in own)
    return first, second


def test_the_pulls_and_their_sum_are_delongs() -> None:
    first, second = two(0.5, 1.5)
    ours, theirs = estimate(first), estimate(second)
    assert ours.seen is not None
    assert theirs.seen is not None
    error = np.sqrt(((ours.seen - theirs.seen) ** 2).sum())
    expected = delong_test(PRESENT, first, second, patient=None).standard_error
    assert error == pytest.approx(expected, rel=0.01)


def test_of_two_models_that_differ_throughout_it_is_nearly_delongs() -> None:
    first, second = two(0.2, 1.2)
    held = Paired(estimate(first), estimate(second), by_few=True)
    tested = delong_test(PRESENT, first, second, patient=None)
    assert held.interval() == pytest.approx((tested.low, tested.high), abs=0.012)


def test_the_other_way_round_it_is_mirrored() -> None:
    first, second = two(0.8, 1.5)
    low, high = Paired(estimate(first), estimate(second), by_few=True).interval()
    assert Paired(estimate(second), estimate(first), by_few=True).interval() == pytest.approx((-high, -low))


def test_models_that_rank_alike_do_not_differ() -> None:
    first, _ = two(0.8, 1.5)
    held = Paired(estimate(first), estimate(np.exp(first)), by_few=True)
    assert held.interval() == (0.0, 0.0)
    assert p_of(held.interval) == 1.0


def test_where_one_patient_makes_the_difference_it_reaches_farther_to_that_side() -> None:
    first = PRESENT * 10 + np.linspace(0, 1, len(PATIENT))
    second = first.copy()
    second[0] = -1.0  # one of forty is lost: the difference is 1 in 40
    held = Paired(estimate(first), estimate(second), by_few=True)
    low, high = held.interval()
    assert held.value == pytest.approx(1 / POSITIVE)
    assert low <= 0.0  # one patient is no evidence
    assert high - held.value > 1.4 * (held.value - low)
    assert 0.08 < high < 4 * 5.57 / POSITIVE  # Garwood's limit of one count is 5.57


def test_it_is_wider_for_a_higher_level_and_p_agrees_with_it() -> None:
    for seed in range(6):
        first, second = two(0.7, 1.0, seed)
        held = Paired(estimate(first + 0.4 * PRESENT), estimate(second), by_few=True)
        ends = [held.interval(level) for level in (0.5, 0.9, 0.95, 0.999)]
        assert all(wide[0] <= one[0] and one[1] <= wide[1] for one, wide in pairwise(ends))
        assert (p_of(held.interval) < 0.05) == (not ends[2][0] <= 0 <= ends[2][1])


@pytest.mark.parametrize("count", [1, 4, 16])
def test_the_bend_is_that_of_a_poisson_count(count: int) -> None:
    # a count's standard error is its root, its skewness 1 over that: exact limits are Garwood's
    low, high = (count - np.sqrt(count) * _bent(side * 1.96, 1 / np.sqrt(count)) for side in (1, -1))
    exact = chi2.ppf(0.025, 2 * count) / 2, chi2.ppf(0.975, 2 * count + 2) / 2
    assert (low, high) == pytest.approx(exact, abs=0.65)


def test_of_a_mean_over_findings_all_of_it_is_kept() -> None:
    one = estimate(two(0.5, 1.5)[0])
    both = mean_of([one, one])
    assert both.seen == pytest.approx(one.seen)
    assert both.lost == pytest.approx(one.lost / 2)
    assert mean_of([one, replace(one, seen=None)]).seen is None
