import cv2
import numpy as np
import pytest

from hilum.audit.likeness import LEVELS, Grid, likeness
from hilum.audit.thumbnail import shrink


def moved(image, across: float, down: float, stretch: float = 1.0):
    middle = (image.shape[0] - 1) / 2
    matrix = np.array([[stretch, 0, across + middle - stretch * middle], [0, 1, down]], np.float64)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, matrix, image.shape, flags=flags, borderMode=cv2.BORDER_REFLECT)


def test_a_image_is_like_itself(drawn) -> None:
    found = likeness(shrink(drawn(0)), shrink(drawn(0)), 256)
    assert found.copies
    assert found.correlation == pytest.approx(1, abs=1e-5)
    assert found.moved == 0


def test_two_images_are_not(drawn) -> None:
    verdicts = [likeness(shrink(drawn(one)), shrink(drawn(other)), 256) for one in range(8) for other in range(one)]
    assert not any(verdict.copies for verdict in verdicts)


def test_a_small_movement_is_found_and_measured(drawn) -> None:
    image = drawn(1, side=512)
    found = likeness(shrink(image), shrink(moved(image, across=8, down=-4)), 512)
    assert found.copies
    assert found.correlation > 0.95
    assert found.moved == pytest.approx(8 / 512, abs=0.003)


def test_a_stretch_of_one_axis_is_found(drawn) -> None:
    image = drawn(2, side=512)
    assert likeness(shrink(image), shrink(moved(image, 0, 0, stretch=0.97)), 512).copies


def test_a_large_movement_is_none(drawn) -> None:
    image = drawn(1, side=512)
    assert not likeness(shrink(image), shrink(moved(image, across=100, down=0)), 512).copies


def test_the_order_of_the_two_does_not_matter(drawn) -> None:
    image = drawn(4, side=512)
    one, other = shrink(image), shrink(moved(image, across=6, down=3))
    there, back = likeness(one, other, 512), likeness(other, one, 512)
    assert there.copies
    assert back.copies
    assert there.correlation == pytest.approx(back.correlation, abs=0.02)


def test_a_small_image_is_compared_at_its_own_detail(drawn) -> None:
    image = drawn(5, side=512)
    small = cv2.resize(image, (64, 64), interpolation=cv2.INTER_AREA)
    assert likeness(shrink(image), shrink(small), 64).copies


def test_an_even_image_is_like_nothing(drawn) -> None:
    even = np.full((128, 128), 90, np.uint8)
    assert likeness(even, shrink(drawn(0)), 128).correlation == 0
    assert not likeness(even, even, 128).copies


def test_moving_a_image_there_and_back_changes_little(drawn) -> None:
    grid = Grid(128)
    image = shrink(drawn(6)).astype(np.float32) / 255
    there = np.array([0.0, 0.05, 0.0, -0.03])
    back = grid.move(grid.move(image, there), -there)
    shared = grid.shared(there) & grid.shared(-there)
    assert np.abs(back - image)[shared].mean() < 0.01


def test_levels_go_from_coarse_to_fine() -> None:
    sides = [level.side for level in LEVELS]
    assert sides == sorted(sides)
    assert all(level.after_moving >= level.as_they_stand for level in LEVELS)
