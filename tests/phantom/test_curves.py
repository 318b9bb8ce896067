import numpy as np
import pytest

from hilum.phantom.curves import band, oval, smooth


def area(outline: np.ndarray) -> float:
    x, y = outline.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


KNOTS = np.array([(0.0, 0.0), (10.0, 2.0), (12.0, 9.0), (3.0, 11.0)])


@pytest.mark.parametrize("closed", [True, False])
def test_a_curve_passes_through_its_points(closed: bool) -> None:
    curve = smooth(KNOTS, closed=closed, per=8)
    assert len(curve) == (32 if closed else 25)
    for knot in KNOTS:
        assert np.hypot(*(curve - knot).T).min() < 1e-9


def test_a_curve_is_as_its_points_are_moved() -> None:
    moved = smooth(KNOTS * (-1, 1) + (5, 7))
    np.testing.assert_allclose(moved, smooth(KNOTS) * (-1, 1) + (5, 7), atol=1e-9)


def test_a_circle_through_eight_points_is_nearly_round() -> None:
    turn = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    curve = smooth(np.stack([np.cos(turn), np.sin(turn)], axis=1))
    assert np.ptp(np.hypot(*curve.T)) < 0.02


def test_a_band_has_its_width_and_length() -> None:
    line = np.stack([np.linspace(0, 100, 21), np.zeros(21)], axis=1)
    assert area(band(line, 10.0)) == pytest.approx(1000)
    assert area(band(line, np.linspace(0, 10, 21))) == pytest.approx(500)


def test_an_oval_has_the_area_of_an_ellipse_however_it_is_turned() -> None:
    for angle in (0.0, 0.7):
        assert area(oval(3, 4, 20, 10, angle=angle)) == pytest.approx(np.pi * 200, rel=0.01)
    assert np.ptp(np.hypot(*oval(0, 0, 10, 10, wobble=(0.2,)).T)) == pytest.approx(4, rel=0.05)
