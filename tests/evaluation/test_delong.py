from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from hilum.evaluation.bootstrap import draw, measure
from hilum.evaluation.delong import areas, delong, delong_test
from hilum.evaluation.matching.labels import LabelMatch, on_match
from hilum.evaluation.metrics import metrics
from hilum.schema import DataError


def slow(present: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 1988 paper as it is written: every pair of images, one by one."""
    ones, zeros = scores[:, present == 1], scores[:, present == 0]
    kernel = np.array(
        [[[(x > y) + 0.5 * (x == y) for y in zero] for x in one] for one, zero in zip(ones, zeros, strict=True)]
    )
    v10, v01 = kernel.mean(axis=2), kernel.mean(axis=1)
    covariance = np.cov(v10) / v10.shape[1] + np.cov(v01) / v01.shape[1]
    return kernel.mean(axis=(1, 2)), np.atleast_2d(covariance)


def two_models(drawn: Any) -> tuple[np.ndarray, np.ndarray]:
    present, score, _ = drawn
    noise = np.random.default_rng(7).normal(size=len(score))
    return present[:120], np.stack([score, np.round(score + 0.2 * noise, 2)])[:, :120]


def test_agrees_with_the_definition(drawn: Any) -> None:
    present, scores = two_models(drawn)
    area, covariance = areas(present, scores, patient=None)
    expected_area, expected = slow(present, scores)
    assert area == pytest.approx(expected_area, abs=1e-12)
    assert covariance == pytest.approx(expected, abs=1e-12)
    assert area[0] == pytest.approx(roc_auc_score(present, scores[0]))


def test_the_interval_is_the_wald_interval(drawn: Any) -> None:
    present, scores = two_models(drawn)
    found, (value, covariance) = delong(present, scores[0], patient=None), slow(present, scores)
    reach = 1.959964 * np.sqrt(covariance[0, 0])
    assert (found.low, found.high) == pytest.approx((value[0] - reach, min(1, value[0] + reach)), abs=1e-6)


def test_the_difference_knows_of_the_correlation(drawn: Any) -> None:
    present, scores = two_models(drawn)
    found, (value, covariance) = delong_test(present, *scores, patient=None), slow(present, scores)
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    assert found.value == pytest.approx(value[0] - value[1])
    assert found.z == pytest.approx((value[0] - value[1]) / np.sqrt(variance))
    assert 0 < found.p < 1
    back = delong_test(present, *scores[::-1], patient=None)
    assert (back.z, back.p) == pytest.approx((-found.z, found.p))


def test_equal_rankings_do_not_differ(drawn: Any) -> None:
    found = delong_test(drawn[0], drawn[1], np.exp(drawn[1]), patient=None)
    assert (found.value, found.z, found.p) == (0, 0, 1)


def test_repeated_images_of_a_patient_say_nothing_new(drawn: Any) -> None:
    present, score, _ = drawn
    once = delong(present, score, patient=None)
    thrice = delong(present.repeat(3), score.repeat(3), patient=np.arange(300).repeat(3))
    assert thrice.value == pytest.approx(once.value)
    assert thrice.standard_error == pytest.approx(once.standard_error, rel=1e-9)
    assert delong(present.repeat(3), score.repeat(3), patient=None).standard_error < 0.6 * once.standard_error


def test_patients_agree_with_the_bootstrap_over_patients() -> None:
    generator = np.random.default_rng(0)
    patient = generator.integers(0, 400, 2000)
    trait = generator.normal(size=400)[patient]
    present = (generator.random(2000) < 1 / (1 + np.exp(1.5 - 1.5 * trait))).astype(float)
    score = generator.normal(size=2000) + 0.8 * present + 0.7 * trait
    match = LabelMatch(present, score, np.arange(2000))
    values = measure(on_match({"auroc": metrics["auroc"]}), match, draw(patient, replicates=2000))["auroc"]
    found = delong(present, score, patient=patient)
    assert found.standard_error == pytest.approx(values[1:].std(), rel=0.06)
    assert delong(present, score, patient=None).standard_error < 0.95 * found.standard_error


def test_too_few_images_give_nan() -> None:
    assert np.isnan(delong([1, 0, 0], [0.3, 0.2, 0.1], patient=None).value)
    with pytest.raises(DataError, match="for 3 labels"):
        areas([1, 0, 0], np.zeros((2, 4)), patient=None)


def test_a_class_of_one_patient_has_no_interval_and_few_are_marked() -> None:
    present, patient = np.repeat([1.0, 0, 0, 0], 5), np.repeat([0, 1, 2, 3], 5)
    score = np.random.default_rng(0).normal(size=20)
    found = delong_test(present, score, -score, patient=patient)
    assert np.isnan([found.value, found.low, found.high, found.p]).all()
    assert delong(present, score, patient=None).too_few  # five images of a class
    many = np.random.default_rng(0).normal(size=60)
    assert not delong(np.arange(60) % 2, many, patient=None).too_few


def test_patients_must_be_named_or_denied() -> None:
    with pytest.raises(TypeError, match="patient"):
        delong([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])  # type: ignore[call-arg]


@pytest.mark.parametrize("count", [2, 20])
def test_one_against_zero_has_a_p(count: int) -> None:
    present = np.repeat([0.0, 1], count)
    found = delong_test(present, present, -present, patient=None)
    assert found.value == 1
    assert found.low < 1 == found.high
    assert (found.p < 0.05) == (found.low > 0)
    assert found.p < 1e-6 if count == 20 else 0.01 < found.p < 1
