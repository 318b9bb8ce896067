import numpy as np
import pytest
from scipy.stats import false_discovery_control

from hilum.evaluation.corrections import corrections
from hilum.evaluation.corrections.benjamini_hochberg import benjamini_hochberg
from hilum.evaluation.corrections.holm import holm

P = np.array([0.001, 0.2, 0.04, 0.012, 0.9, 0.03])


def test_holm_agrees_with_testing_one_after_the_other() -> None:
    corrected = holm(P)
    for level in (0.02, 0.05, 0.1, 0.5):
        rejected, left = set(), len(P)
        for place in np.argsort(P):
            if P[place] * left > level:
                break
            rejected.add(int(place))
            left -= 1
        assert set(np.flatnonzero(corrected <= level)) == rejected


def test_benjamini_hochberg_agrees_with_scipy() -> None:
    assert benjamini_hochberg(P) == pytest.approx(false_discovery_control(P))


@pytest.mark.parametrize("name", list(corrections))
def test_a_correction_never_helps_and_keeps_the_order(name: str) -> None:
    corrected = corrections[name](P)
    assert (corrected >= P).all()
    assert (corrected <= 1).all()
    assert (np.diff(corrected[np.argsort(P)]) >= 0).all()
    order = np.random.default_rng(0).permutation(len(P))
    assert corrections[name](P[order]) == pytest.approx(corrected[order])
    assert corrections[name]([0.03]).tolist() == [0.03]


@pytest.mark.parametrize("name", list(corrections))
def test_what_was_not_tested_counts_for_nothing(name: str) -> None:
    assert len(corrections) == 2
    corrected = corrections[name](np.append(P, np.nan))
    assert corrected[:-1] == pytest.approx(corrections[name](P))
    assert np.isnan(corrected[-1])
    assert np.isnan(corrections[name]([np.nan])).all()
