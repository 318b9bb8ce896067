import numpy as np
import pytest

from hilum.evaluation.members import fitted_weights, pooled
from hilum.schema import DataError

DRAW = np.random.default_rng(0)


@pytest.fixture
def three() -> tuple[np.ndarray, np.ndarray]:
    """A good member, a noisy one and one that guesses, on 400 images and 2 findings."""
    labels = DRAW.integers(0, 2, (400, 2)).astype(float)
    logits = [strength * (labels - 0.5) + DRAW.normal(0, 1, labels.shape) for strength in (3.0, 1.0, 0.0)]
    return 1 / (1 + np.exp(-np.stack(logits))), labels


def test_the_mean_by_hand() -> None:
    scores = np.array([[[0.2, 0.9]], [[0.4, 0.5]]])
    np.testing.assert_allclose(pooled(scores, [0.25, 0.75], "probabilities"), [[0.35, 0.6]])
    odds = (0.2 / 0.8) ** 0.25 * (0.4 / 0.6) ** 0.75
    assert pooled(scores, [0.25, 0.75], "logits")[0, 0] == pytest.approx(odds / (1 + odds))


def test_who_does_not_speak_leaves_its_share_to_the_others() -> None:
    scores = np.array([[[0.2, np.nan, np.nan]], [[0.6, 0.6, np.nan]]])
    told = pooled(scores, [0.5, 0.5], "probabilities")
    np.testing.assert_allclose(told, [[0.4, 0.6, np.nan]])


def test_zeros_and_ones_have_logits() -> None:
    assert pooled([[[0.0]], [[1.0]]], [0.5, 0.5], "logits") == pytest.approx(0.5)


@pytest.mark.parametrize("combine", ["probabilities", "logits"])
def test_no_weights_on_a_grid_are_better(three: tuple[np.ndarray, np.ndarray], combine: str) -> None:
    """An independent reference: every mix in steps of 0.02."""
    scores, labels = three

    def loss(weights: np.ndarray) -> float:
        told = pooled(scores, weights, combine)  # type: ignore[arg-type]
        return float(-(labels * np.log(told) + (1 - labels) * np.log(1 - told)).mean())

    weights = fitted_weights(scores, labels, combine)  # type: ignore[arg-type]
    assert weights.sum() == pytest.approx(1)
    steps = np.arange(0, 1.001, 0.02)
    grid = [np.array([a, b, 1 - a - b]) for a in steps for b in steps if a + b <= 1]
    assert loss(weights) <= min(map(loss, grid)) + 1e-6
    assert weights[0] > weights[1] > weights[2] - 1e-6


def test_unknown_labels_teach_nothing(three: tuple[np.ndarray, np.ndarray]) -> None:
    scores, labels = three
    holes = labels.copy()
    holes[::2, 0], holes[1::2, 1] = np.nan, -1
    known = (holes == 0) | (holes == 1)
    flat = fitted_weights(scores[:, known][:, :, None], labels[known][:, None], "logits")
    np.testing.assert_allclose(fitted_weights(scores, holes, "logits"), flat, atol=1e-6)
    with pytest.raises(DataError, match="No validation image has a label"):
        fitted_weights(scores, np.full_like(labels, np.nan), "logits")


def test_the_only_one_who_speaks_of_a_finding_keeps_a_weight(three: tuple[np.ndarray, np.ndarray]) -> None:
    scores, labels = three
    scores[[0, 1], :, 1] = np.nan  # the guesser alone speaks of the second
    told = pooled(scores, fitted_weights(scores, labels, "probabilities"), "probabilities")
    assert np.isfinite(told).all()
    np.testing.assert_allclose(told[:, 1], scores[2, :, 1])
