"""Measures of shape by hand."""

import numpy as np
import pytest

from hilum.features.shape import area, bounds, cardiothoracic_ratio, center, overlap, solidity, span


def box(y0: int, y1: int, x0: int, x1: int) -> np.ndarray:
    mask = np.zeros((40, 60), bool)
    mask[y0:y1, x0:x1] = True
    return mask


RIGHT, LEFT, HEART = box(5, 35, 5, 20), box(5, 35, 35, 55), box(20, 33, 18, 43)


def test_the_ratio_is_of_outermost_edges() -> None:
    found = cardiothoracic_ratio(RIGHT, LEFT, HEART)
    assert found is not None
    assert (found.heart.x0, found.heart.x1, found.thorax.x0, found.thorax.x1) == (18, 43, 5, 55)
    assert found.value == 0.5
    assert 20 <= found.heart.row < 33


@pytest.mark.parametrize("missing", range(3))
def test_without_one_of_the_three_there_is_no_ratio(missing: int) -> None:
    masks = [RIGHT, LEFT, HEART]
    masks[missing] = np.zeros_like(RIGHT)
    assert cardiothoracic_ratio(*masks) is None


def test_areas_and_places() -> None:
    assert area(RIGHT) == 450
    assert area(RIGHT, (2.0, 0.5)) == 4.5
    assert center(RIGHT) == (19.5, 12.0)
    assert bounds(RIGHT) == (5, 5, 20, 35)
    assert overlap(RIGHT, HEART) == pytest.approx(26 / 325)
    assert solidity(RIGHT) == 1.0
    assert solidity(RIGHT | LEFT) < 0.8


def test_an_empty_mask_has_none_of_them() -> None:
    empty = np.zeros((4, 4), bool)
    assert (span(empty), center(empty), bounds(empty), area(empty), overlap(empty, empty)) == (None, None, None, 0, 0)
    assert np.isnan(solidity(empty))
