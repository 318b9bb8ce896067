import numpy as np
import pytest

from hilum.audit.patterns import CELLS, SIDES, cells, cut, field, fit, patterns, poses, score


def test_the_patterns_are_all_there() -> None:
    assert set(patterns()) == {"upright", *SIDES}
    assert all(weights.shape == (CELLS, CELLS) for weights, _ in patterns().values())


def test_cells_do_not_see_a_change_of_gray_scale(drawn) -> None:
    film = drawn(0, side=128)
    bent = np.rint(255 * (film / 255) ** 3 * 0.5 + 60).astype(np.uint8)
    assert np.allclose(cells(film), cells(bent), atol=0.05)
    assert np.allclose(cells(255 - film), -cells(film), atol=1e-6)


def test_cells_of_an_even_film_are_zero() -> None:
    assert (cells(np.full((64, 64), 9, np.uint8)) == 0).all()


def test_a_turned_film_is_turned_back_in_its_pose(drawn) -> None:
    film = cells(drawn(1, side=128))
    for turn in range(4):
        assert np.allclose(poses(np.rot90(film, turn))[turn], film)
        assert np.allclose(poses(-np.rot90(film, turn))[4 + turn], film)


@pytest.mark.parametrize("value", [0, 255])
def test_the_field_is_what_lies_inside_the_shutters(drawn, value: int) -> None:
    film = np.full((128, 128), value, np.uint8)
    film[20:110, 30:] = drawn(2, side=128)[20:110, 30:]
    assert field(film) == (slice(20, 110), slice(30, 128))


def test_darkness_inside_the_film_is_no_border(drawn) -> None:
    film = drawn(3, side=128)
    film[40:80, 40:80] = 0
    assert field(film) == (slice(0, 128), slice(0, 128))


def test_cut_takes_a_share_off_one_side() -> None:
    film = np.arange(100, dtype=np.uint8).reshape(10, 10)
    assert np.array_equal(cut(film, "top", 0.2), film[2:])
    assert np.array_equal(cut(film, "bottom", 0.2), film[:8])
    assert np.array_equal(cut(film, "left", 0.3), film[:, 3:])
    assert np.array_equal(cut(film, "right", 0.3), film[:, :7])


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
    film = cells(drawn(4, side=128))
    weights, offset = patterns()["upright"]
    assert score(film[None], "upright")[0] == pytest.approx((film * weights).sum() + offset)
