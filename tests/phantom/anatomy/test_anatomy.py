import numpy as np
import pytest

from hilum.phantom.anatomy import bones, heart, lungs
from hilum.phantom.anatomy.side import Side
from hilum.phantom.anatomy.thorax import Thorax
from hilum.phantom.build import Build

BUILD = Build()
THORAX = Thorax(BUILD)


def width(outline: np.ndarray) -> float:
    return float(np.ptp(outline[:, 0]))


@pytest.mark.parametrize("ratio", [0.42, 0.55, 0.68])
def test_the_heart_is_as_wide_as_its_ratio_says_and_points_to_the_left(ratio: float) -> None:
    outline = heart.heart(Build(heart_ratio=ratio))
    assert width(outline) == pytest.approx(ratio * 2 * BUILD.half_width, rel=0.05)
    assert outline[:, 0].max() > -outline[:, 0].min()
    apex = outline[outline[:, 0].argmax()]
    assert apex[1] > outline[:, 1].mean()


def test_the_left_hilum_lies_higher_and_the_heart_follows_a_shift() -> None:
    assert heart.hilum(BUILD, 1)[1] < heart.hilum(BUILD, -1)[1]
    np.testing.assert_allclose(heart.heart(Build(shift=20)) - heart.heart(BUILD), [[20, 0]] * len(heart.heart(BUILD)))


@pytest.mark.parametrize("side", [-1, 1])
def test_a_lung_lies_within_its_wall(side: int) -> None:
    outline = THORAX.lung(side)
    assert (outline[:, 0] * side > 0).all()
    assert abs(outline[:, 0]).max() < BUILD.half_width * 1.03
    assert outline[:, 1].min() == pytest.approx(BUILD.apex, abs=12)


def test_domes_are_where_the_build_puts_them_and_flatten() -> None:
    for side in (-1, 1):
        assert THORAX.diaphragm(side)[:, 1].min() == pytest.approx(BUILD.dome(side), abs=3)
        flat = Thorax(Build(flatness=1.0))
        assert np.ptp(flat.diaphragm(side)[:, 1]) < 0.6 * np.ptp(THORAX.diaphragm(side)[:, 1])


def test_ten_pairs_of_ribs_behind_and_eight_in_front() -> None:
    behind, front = bones.ribs(THORAX)
    assert (len(behind), len(front)) == (20, 16)
    tops = [rib[:, 1].min() for rib in behind[:10]]
    assert tops == sorted(tops)
    for rib in behind:
        assert abs(rib[:, 0]).max() < BUILD.half_width + 30


def test_scapulae_cover_the_lungs_only_on_portable_images() -> None:
    def covered(scapulae: float) -> float:
        blade = bones.scapulae(Thorax(Build(scapulae=scapulae)))[1]
        return float(np.maximum(0, THORAX.wall(blade[:, 1], 1) - blade[:, 0]).mean())

    assert covered(1.0) > 5 * covered(0.0)


@pytest.mark.parametrize("side", [-1, 1])
def test_vessels_leave_the_hilum_and_fork(side: int) -> None:
    trees = lungs.vessels(BUILD, side, np.random.default_rng(0))
    assert [len(tree) for tree in trees] == [8 * 2**generation for generation in range(lungs.GENERATIONS)]
    hilum = np.array(heart.hilum(BUILD, side))
    distance = [np.hypot(*(tree[:, -1] - hilum).T).mean() for tree in trees]
    assert distance == sorted(distance)
    np.testing.assert_allclose(np.repeat(trees[0][:, -1], 2, axis=0), trees[1][:, 0])


def test_from_the_side_the_spine_is_behind_the_heart() -> None:
    side = Side(BUILD)
    outline = side.heart()
    y = np.linspace(outline[:, 1].min(), BUILD.dome(1), 9)
    assert (outline[:, 0].max() < side.spine(y)).all()
    assert (side.front(y) < side.spine(y)).all()
    assert (side.spine(y) < side.back(y)).all()


def test_emphysema_makes_a_barrel() -> None:
    assert Side(Build(flatness=1.0)).half > Side(BUILD).half
