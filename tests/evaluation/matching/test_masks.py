"""Masks matched by hand: four images, one of them without a true mask."""

import numpy as np
import pytest

from hilum.evaluation.bootstrap import draw, measure
from hilum.evaluation.matching import MaskMatch, match_masks
from hilum.evaluation.metrics import mask_metrics
from hilum.schema import DataError


def square(low: int, high: int) -> np.ndarray:
    held = np.zeros((8, 8), dtype=bool)
    held[low:high, low:high] = True
    return held


ACTUAL = {"a": square(0, 4), "b": square(0, 4), "d": square(0, 0)}
PREDICTED = {"a": square(2, 6), "c": square(0, 2), "d": square(0, 0)}  # b: nothing predicted


@pytest.fixture
def match() -> MaskMatch:
    return match_masks(["a", "b", "c", "d"], PREDICTED, ACTUAL)


def test_pixels_are_counted_once(match: MaskMatch) -> None:
    assert match.rows.tolist() == [0, 1, 3]
    assert match.shared.tolist() == [4, 0, 0]
    assert match.predicted.tolist() == [16, 0, 0]
    assert match.actual.tolist() == [16, 16, 0]


def test_dice_by_hand(match: MaskMatch) -> None:
    dice = mask_metrics["dice"]
    assert dice(match) == pytest.approx((8 / 32 + 0 + 1) / 3)
    assert dice(match, np.array([3.0, 1, 0])) == pytest.approx(3 * 0.25 / 4)
    assert dice(match, np.array([[1.0, 0], [1, 0], [1, 2]])) == pytest.approx([1.25 / 3, 1])
    assert np.isnan(dice(match, np.zeros(3)))


def test_a_bootstrap_over_patients_measures_the_same_images(match: MaskMatch) -> None:
    draws = draw(["p", "p", "q", "r"], replicates=40)
    values = measure(dict(mask_metrics), match, draws, workers=1)["dice"]
    for column in range(41):
        weight = draws.weights[draws.patient, column].astype(float)[match.rows]
        assert values[column] == pytest.approx(mask_metrics["dice"](match, weight), nan_ok=True)


def test_what_cannot_be_matched_is_refused() -> None:
    with pytest.raises(DataError, match=r"a: a predicted mask of \(8, 8\) pixels beside a true one of \(4, 4\)"):
        match_masks(["a"], {"a": square(0, 1)}, {"a": np.ones((4, 4), bool)})
    with pytest.raises(DataError, match="None of the images a has a true mask"):
        match_masks(["a"], PREDICTED, {})
