import numpy as np
import pytest

from hilum.phantom.canvas import Canvas
from hilum.phantom.curves import oval

SQUARE = np.array([(-100.0, 400.0), (100.0, 400.0), (100.0, 600.0), (-100.0, 600.0)])


@pytest.mark.parametrize("size", [128, 512])
def test_a_shape_covers_its_area_at_any_size(size: int) -> None:
    canvas = Canvas(size)
    covered = canvas.fill(SQUARE).sum() * (1024 / size) ** 2
    assert covered == pytest.approx(200 * 200, rel=0.12 if size == 128 else 0.04)  # OpenCV fills the rim too
    softened = canvas.fill(SQUARE, soft=10).sum() * (1024 / size) ** 2
    assert softened == pytest.approx(covered, rel=0.02)


def test_zoom_turn_and_shift_move_pixels() -> None:
    point = np.array([[100.0, 512.0]])
    np.testing.assert_allclose(Canvas(1024).pixels(point), [[612, 512]])
    np.testing.assert_allclose(Canvas(512, zoom=1.5).pixels(point), [[331, 256]])
    np.testing.assert_allclose(Canvas(1024, x=500, y=20).pixels(point), [[600, 532]])
    np.testing.assert_allclose(Canvas(1024, angle=np.pi / 2).pixels(point), [[512, 612]], atol=1e-9)


def test_units_undo_pixels() -> None:
    canvas = Canvas(256, angle=0.1, zoom=1.2, x=490, y=-15)
    x, y = canvas.units((slice(0, 256), slice(0, 256)))
    x, y = np.broadcast_arrays(x, y)
    back = canvas.pixels(np.stack([x.ravel(), y.ravel()], axis=1))
    columns, rows = np.meshgrid(np.arange(256) + 0.5, np.arange(256) + 0.5)
    np.testing.assert_allclose(back, np.stack([columns.ravel(), rows.ravel()], axis=1), atol=1e-3)


def test_a_region_holds_its_points_and_stays_on_the_image() -> None:
    canvas = Canvas(256)
    rows, columns = canvas.region(SQUARE, margin=8)
    assert (rows.start, rows.stop, columns.start, columns.stop) == (98, 152, 101, 155)
    rows, columns = canvas.region(SQUARE + 5000)
    assert rows.stop - rows.start >= 1
    assert rows.stop <= 256


def test_thin_lines_are_fainter_not_thicker() -> None:
    line = [np.array([(-200.0, 512.0), (200.0, 512.0)])]
    wide, thin = (Canvas(256).lines(line, width).sum() for width in (8.0, 1.0))
    assert thin < 0.3 * wide


def test_a_batch_of_lines_equals_a_list_of_them() -> None:
    canvas = Canvas(128)
    lines = np.random.default_rng(0).uniform(-300, 900, (7, 6, 2))
    one, other = canvas.ink(), canvas.ink()
    canvas.strokes(lines, 9.0, onto=one)
    canvas.strokes(list(lines), 9.0, onto=other)
    assert one.any()
    np.testing.assert_array_equal(one, other)


def test_a_wide_blur_keeps_the_middle_of_a_large_shape() -> None:
    canvas = Canvas(256)
    layer = canvas.wide(canvas.fill(oval(0, 512, 300, 300)), 40)
    assert layer[128, 128] == pytest.approx(1, abs=0.01)
    assert 0.3 < layer[128, 128 + 75] < 0.7
    assert layer[5, 5] == pytest.approx(0, abs=0.01)
