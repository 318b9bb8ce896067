from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy.stats import bootstrap, norm, t
from sklearn.metrics import average_precision_score, roc_auc_score

from hilum.evaluation.bootstrap import Draws, draw, measure
from hilum.evaluation.matching.labels import LabelMatch, on_match
from hilum.evaluation.metrics import metrics
from hilum.schema import ConfigError


def match_of(present: np.ndarray, score: np.ndarray) -> LabelMatch:
    return LabelMatch(present, score, np.arange(len(score)))


def measured(
    names: Sequence[str], present: np.ndarray, score: np.ndarray, draws: Draws, workers: int | None = None
) -> dict[str, np.ndarray]:
    functions = on_match({name: metrics[name] for name in names})
    return measure(functions, match_of(present, score), draws, workers=workers)


def images_of(patients: np.ndarray, patient: np.ndarray) -> np.ndarray:
    return np.concatenate([np.flatnonzero(patient == one) for one in patients])


def test_equal_to_the_loop_replicate_by_replicate(drawn: Any) -> None:
    present, score, patient = drawn
    draws = draw(patient, replicates=60, seed=3)
    names = np.unique(patient)
    values = measured(("auroc", "average_precision"), present, score, draws)
    for column in range(1 + draws.replicates):
        rows = images_of(names.repeat(draws.weights[:, column]), patient)
        assert values["auroc"][column] == pytest.approx(roc_auc_score(present[rows], score[rows]), abs=1e-12)
        expected = average_precision_score(present[rows], score[rows])
        assert values["average_precision"][column] == pytest.approx(expected, abs=1e-12)


def test_as_many_patients_are_drawn_as_there_are(drawn: Any) -> None:
    draws = draw(drawn[2], replicates=50)
    assert (draws.weights[:, 0] == 1).all()
    assert (draws.weights.sum(axis=0) == draws.patients).all()
    assert draws.weights[:, 1:].std() > 0.9  # Poisson-like: variance 1


def test_the_seed_is_the_draw(drawn: Any) -> None:
    first, again, other = (draw(drawn[2], replicates=20, seed=seed) for seed in (1, 1, 2))
    assert (first.weights == again.weights).all()
    assert (first.weights != other.weights).any()


def test_threads_and_blocks_change_nothing(drawn: Any) -> None:
    present, score, patient = drawn
    draws = draw(patient, replicates=600)
    one, two = (measured(("auroc",), present, score, draws, workers=count) for count in (1, 2))
    assert one["auroc"] == pytest.approx(two["auroc"], abs=1e-15)


def test_percentiles_are_those_of_the_replicates(drawn: Any) -> None:
    present, score, patient = drawn
    draws = draw(patient, replicates=200)
    values = measured(("auroc",), present, score, draws)["auroc"]
    drawn_values = np.sort(values[1:])
    assert draws.interval(values) == (drawn_values[4], drawn_values[-5])  # the 5th of 200 from either end
    assert draws.interval(values) == pytest.approx(tuple(np.percentile(values[1:], [2.5, 97.5])), abs=0.005)


@pytest.mark.parametrize("skewed", [True, False])
def test_bca_agrees_with_scipy(skewed: bool) -> None:
    generator = np.random.default_rng(0)
    sample = generator.exponential(size=60) if skewed else generator.normal(size=60)
    draws = draw(np.arange(60), replicates=20_000, method="bca")
    mean = {"mean": lambda match, weight: weight.mean(match.score)}
    low, high = draws.interval(measure(mean, match_of(np.zeros(60), sample), draws)["mean"])
    expected = bootstrap((sample,), np.mean, n_resamples=20_000, method="BCa", random_state=1).confidence_interval
    assert low == pytest.approx(expected.low, abs=0.02)
    assert high == pytest.approx(expected.high, abs=0.02)


def test_grouped_jackknife_is_close_to_the_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sample, patients = np.random.default_rng(0).exponential(size=1500), np.arange(1500)
    mean = {"mean": lambda match, weight: weight.mean(match.score)}
    ends = []
    for groups in (400, 1500):
        monkeypatch.setattr("hilum.evaluation.bootstrap.JACKKNIFE_GROUPS", groups)
        draws = draw(patients, replicates=2000, method="bca")
        assert draws.weights.shape[1] == 2001 + groups
        ends.append(draws.interval(measure(mean, match_of(np.zeros(1500), sample), draws)["mean"]))
    assert ends[0] == pytest.approx(ends[1], abs=0.004)


def test_replicates_without_the_finding_are_left_out() -> None:
    present, score = np.array([1.0, 0, 0, 0, 0, 0]), np.array([0.9, 0.1, 0.2, 0.95, 0.4, 0.5])
    draws = draw(np.arange(6), replicates=300)
    values = measured(("auroc",), present, score, draws)["auroc"]
    assert np.isnan(values).any()
    assert not np.isnan(draws.interval(values)).any()


def test_nonsense_is_refused() -> None:
    with pytest.raises(ConfigError, match="no interval 'normal'"):
        draw([1, 2], method="normal")
    with pytest.raises(ConfigError, match="at least 1"):
        draw([1, 2], replicates=0)


def test_few_patients_widen_a_percentile_interval_and_its_p_with_it() -> None:
    generator = np.random.default_rng(2)
    draws = draw(np.arange(12), replicates=2000)
    values = 0.3 + np.r_[0.0, generator.normal(0, 0.14, 2000)]
    plain, few = draws.interval(values), draws.interval(values, patients=12)
    reach = np.sqrt(12 / 11) * t.ppf(0.975, 11) / norm.ppf(0.975)
    assert (few[1] - few[0]) / (plain[1] - plain[0]) == pytest.approx(reach, rel=0.08)
    assert draws.p(values, patients=12) > draws.p(values)
    for shift in np.linspace(-0.5, 0.1, 40):
        low, high = draws.interval(values + shift, patients=12)
        assert (draws.p(values + shift, patients=12) < 0.05) == (not low <= 0 <= high)


def test_an_interval_asked_for_by_name_stays_what_it_is_called() -> None:
    draws = draw(np.arange(12), replicates=200, method="percentile")
    values = np.random.default_rng(0).normal(size=201)
    assert draws.interval(values, patients=12) == draws.interval(values)
