"""Against the published analysis of the Van Dyke data (two modalities, five readers, 114 patients)."""

from itertools import product

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from hilum.evaluation.metrics import metrics
from hilum.evaluation.mrmc import (
    Average,
    Components,
    against_readers,
    average,
    covariance,
    dorfman_berbaum_metz,
    jackknifed,
    obuchowski_rockette,
    within_modalities,
)
from hilum.schema import DataError

# Chakraborty's RJafroc book, "dataset02" (Van Dyke), Wilcoxon AUC, jackknife: figures, components, and what follows.
VALUES = np.array(
    [[0.91964573, 0.85877617, 0.90386473, 0.97310789, 0.82979066],
     [0.94782609, 0.90531401, 0.92173913, 0.99935588, 0.92995169]]
)  # fmt: skip
COMPONENTS = Components(0.00080228827, 0.00034661371, 0.00034407483, 0.00023902837)
WITHIN = np.array([0.00048396180, 0.00020418785])


@pytest.fixture(scope="module")
def read() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(90,) labels, (2, 4, 90) ratings, (90,) patients with up to two images."""
    generator = np.random.default_rng(3)
    present = (np.arange(90) % 3 == 0).astype(float)
    seen = generator.normal(size=90) + 1.2 * present
    scores = seen + generator.normal(scale=0.8, size=(2, 4, 90)) + 0.5 * np.arange(2)[:, None, None] * present
    return present, np.round(scores, 1), np.arange(90) // 2


def test_the_published_analysis_comes_out() -> None:
    found = obuchowski_rockette(VALUES, COMPONENTS, WITHIN)
    assert found.f == pytest.approx(4.4563187, rel=1e-5)
    assert found.degrees == (1, pytest.approx(15.259675, rel=1e-5))
    assert found.p == pytest.approx(0.051665686, rel=1e-5)
    difference = found.differences[0, 1]
    assert difference.value == pytest.approx(-0.043800322, rel=1e-5)
    assert difference.standard_error == pytest.approx(0.020748618, rel=1e-5)
    assert difference.interval() == pytest.approx((-0.087959499, 0.00035885444), abs=1e-7)
    assert difference.p == pytest.approx(found.p)
    first, second = found.averages
    assert (first.value, first.standard_error, first.degrees) == pytest.approx(
        (0.89703704, 0.033173597, 12.744648), rel=1e-5
    )
    assert second.interval() == pytest.approx((0.89413783, 0.98753689), abs=1e-6)


def test_covariances_agree_with_leaving_patients_out_by_hand(read: tuple[np.ndarray, ...]) -> None:
    present, scores, patient = read
    values, left_out = jackknifed(metrics["auroc"], present, scores, patient)
    assert values[1, 2] == pytest.approx(roc_auc_score(present, scores[1, 2]))
    by_hand = np.array(
        [
            [[roc_auc_score(present[patient != p], reader[patient != p]) for p in range(45)] for reader in modality]
            for modality in scores
        ]
    )
    assert left_out == pytest.approx(by_hand, abs=1e-12)
    moves = covariance(left_out)
    expected = np.cov(by_hand.reshape(8, 45)) * 44 * 44 / 45
    assert moves.reshape(8, 8) == pytest.approx(expected, abs=1e-15)
    kinds: dict[tuple[bool, bool], list[float]] = {}
    for (i, j), (k, m) in product(product(range(2), range(4)), repeat=2):
        kinds.setdefault((i == k, j == m), []).append(expected[4 * i + j, 4 * k + m])
    found = Components.of(moves)
    assert found.variance == pytest.approx(np.mean(kinds[True, True]))
    assert found.cov1 == pytest.approx(np.mean(kinds[False, True]))
    assert found.cov2 == pytest.approx(np.mean(kinds[True, False]))
    assert found.cov3 == pytest.approx(np.mean(kinds[False, False]))


def test_both_methods_are_one_where_covariances_are_jackknifed(read: tuple[np.ndarray, ...]) -> None:
    values, left_out = jackknifed(metrics["auroc"], *read)
    moves = covariance(left_out)
    one = obuchowski_rockette(values, Components.of(moves), within_modalities(moves))
    other = dorfman_berbaum_metz(values, left_out)
    assert (one.f, *one.degrees, one.p) == pytest.approx((other.f, *other.degrees, other.p), rel=1e-9)
    assert one.differences[0, 1].interval() == pytest.approx(other.differences[0, 1].interval(), rel=1e-9)


def test_a_model_that_is_a_reader_like_them_does_not_differ(read: tuple[np.ndarray, ...]) -> None:
    present, scores, patient = read
    values, left_out = jackknifed(metrics["auroc"], present, scores[:1], patient)
    same = against_readers(float(values.mean()), left_out.mean(axis=(0, 1)), values[0], left_out[0])
    assert same.value == pytest.approx(0, abs=1e-12)
    assert same.p == pytest.approx(1)
    apart = against_readers(1.0, np.ones(left_out.shape[-1]), values[0], left_out[0])  # a model that is never wrong
    fixed = average(values[0], Components.of(covariance(left_out)).cov2)  # is a fixed value
    assert apart.value == pytest.approx(1 - fixed.value)
    assert apart.standard_error == pytest.approx(fixed.standard_error)
    assert apart.degrees == pytest.approx(fixed.degrees)


def test_intervals_of_simulated_studies_cover() -> None:
    """300 studies of 6 readers whose sensitivity is 0.8 on average: the average's 95 % interval holds it."""
    generator, held = np.random.default_rng(0), []
    for _ in range(300):
        skill = np.clip(generator.normal(0.8, 0.05, 6), 0, 1)
        hard = generator.normal(0, 0.5, 60)
        score = (generator.normal(size=(1, 6, 60)) + hard < np.sqrt(1.25) * _quantile(skill)[None, :, None]).astype(
            float
        )
        values, left_out = jackknifed(metrics["accuracy"], np.ones(60), score, np.arange(60))
        found = average(values[0], Components.of(covariance(left_out)).cov2)
        low, high = found.interval()
        held.append(low <= 0.8 <= high)
    assert 0.91 <= np.mean(held) <= 0.985


def test_what_no_study_holds_is_refused(read: tuple[np.ndarray, ...]) -> None:
    present, scores, patient = read
    with pytest.raises(DataError, match="1 modalities and 4 readers"):
        dorfman_berbaum_metz(*jackknifed(metrics["auroc"], present, scores[:1], patient))
    with pytest.raises(DataError, match="1 readers"):
        average(np.array([0.8]), 0.0)
    with pytest.raises(DataError, match="one patient is of a class"):
        jackknifed(metrics["recall"], (np.arange(90) < 1).astype(float), scores, np.arange(90))
    assert Average(0.0, 0.0, 3).p == 1


def _quantile(share: np.ndarray) -> np.ndarray:
    from scipy.stats import norm

    return np.asarray(norm.ppf(share))
