"""Differences of AUROC: by symmetry, of models that rank alike, and the p that agrees with the interval."""

from itertools import pairwise

import numpy as np
import pytest

from hilum.evaluation.intervals import closed
from hilum.evaluation.intervals.paired import Paired, p_of
from hilum.evaluation.intervals.shares import Estimate

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


def test_the_other_way_round_it_is_mirrored() -> None:
    first, second = two(0.8, 1.5)
    low, high = Paired(estimate(first), estimate(second), apart=True).interval()
    assert Paired(estimate(second), estimate(first), apart=True).interval() == pytest.approx((-high, -low))


def test_models_that_rank_alike_do_not_differ() -> None:
    first, _ = two(0.8, 1.5)
    held = Paired(estimate(first), estimate(np.exp(first)), apart=True)
    assert held.interval() == (0.0, 0.0)
    assert p_of(held.interval) == 1.0


def test_it_is_wider_for_a_higher_level_and_p_agrees_with_it() -> None:
    for seed in range(6):
        first, second = two(0.7, 1.0, seed)
        held = Paired(estimate(first + 0.4 * PRESENT), estimate(second), apart=True)
        ends = [held.interval(level) for level in (0.5, 0.9, 0.95, 0.999)]
        assert all(wide[0] <= one[0] and one[1] <= wide[1] for one, wide in pairwise(ends))
        assert (p_of(held.interval) < 0.05) == (not ends[2][0] <= 0 <= ends[2][1])
