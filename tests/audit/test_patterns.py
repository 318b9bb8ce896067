import numpy as np
import pytest

from hilum.audit.patterns import CELLS, SIDES, cells, cut, field, fit, patterns, poses, score


def test_the_patterns_are_all_there() -> None:
    assert set(patterns()) == {"upright", *SIDES}
    assert all(weights.shape == (CELLS, CELLS) for weights, _ in patterns().values())


def test_cells_do_not_see_a_change_of_gray_scale(drawn) -> None:
    image = drawn(0, side=128)
    bent = np.rint(255 * (image / 255) ** 3 * 0.5 + 60).astype(np.uint8)
    assert np.allclose(cells(image), cells(bent), atol=0.05)
    assert np.allclose(cells(255 - image), -cells(image), atol=1e-6)


def test_cells_of_an_even_image_are_zero() -> None:
    assert (cells(np.full((64, 64), 9, np.uint8)) == 0).all()


def test_a_turned_image_is_turned_back_in_its_pose(drawn) -> None:
    image = cells(drawn(1, side=128))
    for turn in range(4):
        assert np.allclose(poses(np.rot90(image, turn))[turn], image)
        assert np.allclose(poses(-np.rot90(image, turn))[4 + turn], image)


@pytest.mark.parametrize("value", [0, 255])
def test_the_field_is_what_lies_inside_the_shutters(drawn, value: int) -> None:
    image = np.full((128, 128), value, np.uint8)
    image[20:110, 30:] = drawn(2, side=128)[20:110, 30:]
    assert field(image) == (slice(20, 110), slice(30, 128))


def test_darkness_inside_the_image_is_no_border(drawn) -> None:
    image = drawn(3, side=128)
    image[40:80, 40:80] = 0
    assert field(image) == (slice(0, 128), slice(0, 128))


def test_cut_takes_a_share_off_one_side() -> None:
    image = np.arange(100, dtype=np.uint8).reshape(10, 10)
    assert np.array_equal(cut(image, "top", 0.2), image[2:])
    assert np.array_equal(cut(image, "bottom", 0.2), image[:8])
    assert np.array_equal(cut(image, "left", 0.3), image[:, 3:])
    assert np.array_equal(cut(image, "right", 0.3), image[:, :7])


def test_fit_tells_what_it_was_shown_apart() -> None:
    generator = np.random.default_rng(0)
    sign = generator.normal(size=(CELLS, CELLS))
    noise = generator.normal(size=(600, CELLS, CELLS))
    this, other = noise[:300] + sign, noise[300:] - sign
    weights, offset = fit(this, [other])
    fresh = generator.normal(size=(50, CELLS, CELLS))
    assert ((fresh + sign).reshape(50, -1) @ weights.ravel() + offset > 0.5).all()
    assert ((fresh - sign).reshape(50, -1) @ weights.ravel() + offset < 0.5).all()


def test_score_reads_the_patterns_file(drawn) -> None:
    image = cells(drawn(4, side=128))
    weights, offset = patterns()["upright"]
    assert score(image[None], "upright")[0] == pytest.approx((image * weights).sum() + offset)
