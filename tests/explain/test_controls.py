import numpy as np

from hilum.explain.controls import box_elsewhere, centered, tiles_shuffled
from hilum.explain.regions import Cut


def test_the_center_is_the_strongest_place_of_every_image() -> None:
    for shape in ((64, 80), (31, 31)):
        heat = centered(shape)
        assert heat.shape == shape
        row, column = np.unravel_index(heat.argmax(), shape)
        assert abs(row - (shape[0] - 1) / 2) <= 0.5
        assert abs(column - (shape[1] - 1) / 2) <= 0.5


def test_a_box_elsewhere_keeps_its_size_and_stays_inside() -> None:
    generator, seen = np.random.default_rng(0), set()
    for _ in range(30):
        heat = box_elsewhere((40, 60), np.array([3.0, 4, 23, 16]), generator)
        (found,) = Cut(60 / 255).boxes(heat, "Mass")
        (same,) = Cut(180 / 255).boxes(heat, "Mass")  # one box at both of Wang's levels
        assert found[:4].tolist() == same[:4].tolist()
        assert (found[2] - found[0], found[3] - found[1]) == (20, 12)
        seen.add((found[0], found[1]))
    assert len(seen) > 20


def test_a_box_as_large_as_the_image_has_one_place() -> None:
    heat = box_elsewhere((40, 60), np.array([0.0, 0, 60, 40]), np.random.default_rng(0))
    assert (heat > 0).all()


def test_shuffled_tiles_hold_the_same_heat_in_other_places() -> None:
    heat = np.random.default_rng(0).random((33, 50)).astype(np.float32)
    shuffled = tiles_shuffled(heat, np.random.default_rng(1))
    assert not np.array_equal(shuffled, heat)
    np.testing.assert_array_equal(np.sort(shuffled, axis=None), np.sort(heat, axis=None))
    np.testing.assert_array_equal(shuffled[32:], heat[32:])  # the row that fills no tile
