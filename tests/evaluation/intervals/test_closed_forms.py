"""Intervals in closed form: by hand, against the metrics, against the bootstrap, and by coverage."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from hilum.evaluation.bootstrap import draw, measure
from hilum.evaluation.delong import delong
from hilum.evaluation.intervals import LINES, closed
from hilum.evaluation.intervals.closed_forms.average_precision import precisions
from hilum.evaluation.intervals.shares import Estimate, mean_of, share
from hilum.evaluation.matching.labels import LabelMatch, on_match
from hilum.evaluation.metrics import metrics


def of(name: str, present: Any, score: Any, patient: Any) -> Estimate:
    estimate: Estimate = closed[name](present, score, patient, int(np.max(patient)) + 1)
    return estimate


def test_there_are_closed_forms_and_each_is_of_a_metric() -> None:
    assert len(closed) >= 6
    assert set(closed) <= set(metrics)


@pytest.mark.parametrize("name", list(closed))
def test_the_value_is_the_metric_itself(name: str, drawn: Any) -> None:
    present, score, patient = drawn
    assert float(of(name, present, score, patient).value) == pytest.approx(metrics[name](present, score), abs=1e-12)


@pytest.mark.parametrize("name", [name for name in closed if name not in LINES])
def test_it_holds_the_value_and_stays_in_the_unit_interval(name: str, drawn: Any) -> None:
    present, score, patient = drawn
    same = 0.4 if name == "negative_predictive_value" else 0.6  # of no image not called it is not defined
    for scores in (score, present, 1 - present, np.full(len(present), same)):
        estimate = of(name, present, scores, patient)
        low, high = estimate.interval()
        assert 0 <= low <= estimate.value <= high <= 1
        assert low < high


@pytest.mark.parametrize("name", list(closed))
def test_order_of_rows_does_not_matter(name: str, drawn: Any) -> None:
    order = np.random.default_rng(0).permutation(len(drawn[0]))
    again = of(name, *(column[order] for column in drawn))
    assert again.interval() == pytest.approx(of(name, *drawn).interval(), abs=1e-12)


@pytest.mark.parametrize("name", list(closed))
def test_of_many_patients_it_agrees_with_the_bootstrap(name: str) -> None:
    generator = np.random.default_rng(3)
    patient = np.sort(generator.integers(0, 1500, 3000))
    present = (generator.random(3000) < 0.3).astype(float)
    score = 1 / (1 + np.exp(-generator.normal(size=3000) - present + 0.5 - generator.normal(size=1501)[patient] * 0.7))
    patient = np.unique(patient, return_inverse=True)[1]
    draws = draw(patient, replicates=1500)
    values = measure(on_match({name: metrics[name]}), LabelMatch(present, score, np.arange(3000)), draws)[name]
    low, high = of(name, present, score, patient).interval()
    slack = 0.012 if name == "average_precision" else 0.006  # held to the number of positive patients: wider
    slack = 0.02 if name in LINES else slack
    assert (low, high) == pytest.approx(draws.interval(values), abs=slack)


def test_of_many_patients_it_agrees_with_delong(drawn: Any) -> None:
    generator = np.random.default_rng(5)
    present = (generator.random(4000) < 0.2).astype(float)
    score, patient = generator.normal(size=4000) + present, np.arange(4000) // 2
    area, (low, high) = delong(present, score, patient=patient), of("auroc", present, score, patient).interval()
    assert (low, high) == pytest.approx((area.low, area.high), abs=0.002)


def test_a_rate_by_hand() -> None:
    # five patients of one image each, four of them called; a made-up patient of one image, half right
    found = share(np.array([1.0, 1, 1, 1, 0]), np.ones(5))
    assert found.value == pytest.approx(0.8)
    assert found.padded == pytest.approx(4.5 / 6)
    pulls = ((4 * 0.25**2 + 0.75**2) / 25 + (0.25**2 + 0.75**2) / 2 / 25) * 5 / 6
    assert found.variance == pytest.approx(pulls)
    assert found.degrees == pytest.approx(5)


def test_patients_not_images_carry_the_evidence() -> None:
    calls = np.tile([1.0, 1, 0, 1], 10)
    alone = share(calls, np.ones(40)).interval()
    many = share(calls * 9, np.full(40, 9.0)).interval()
    assert many == pytest.approx(alone)


def test_the_mean_of_equal_independent_findings_is_narrower_than_one(drawn: Any) -> None:
    present, score, patient = drawn
    one = of("auroc", present, score, patient)
    apart = Estimate(one.value, one.padded, one.variance, one.degrees, np.roll(one.pull, 1), one.added)
    same, mixed = mean_of([one, one]), mean_of([one, apart])
    assert same.value == one.value
    assert mixed.variance < same.variance <= one.variance


def test_derivatives_of_average_precision_are_those_of_its_weights(drawn: Any) -> None:
    present, score, _ = drawn
    positive = present == 1
    precision, lift, drop = precisions(positive, score)
    total, step = precision[positive].sum(), 1e-6
    for row in np.r_[np.flatnonzero(positive)[:5], np.flatnonzero(~positive)[:5]]:
        weight = np.ones(len(score))
        weight[row] += step
        moved = metrics["average_precision"](present, score, weight) * (positive * weight).sum()
        own = precision[row] + lift[row] if positive[row] else drop[row]
        assert (moved - total) / step == pytest.approx(own, abs=1e-3)


@pytest.mark.parametrize(("area", "positive"), [(0.6, 15), (0.85, 15), (0.99, 15), (0.99, 30)])
def test_it_covers_the_truth_of_small_cohorts(area: float, positive: int) -> None:
    generator, held = np.random.default_rng(11), 0
    cohorts = 300
    for _ in range(cohorts):
        patient = np.repeat(np.arange(60), generator.integers(1, 6, 60))
        present = (patient < positive).astype(float)
        noise = np.sqrt(0.6) * generator.normal(size=60)[patient] + np.sqrt(0.4) * generator.normal(size=len(patient))
        low, high = of("auroc", present, noise + norm.ppf(area) * np.sqrt(2) * present, patient).interval()
        held += bool(low <= area <= high)
    assert held / cohorts >= 0.93
