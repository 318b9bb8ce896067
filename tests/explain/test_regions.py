import numpy as np
import pytest
from numpy.typing import NDArray

from hilum.explain.regions import Cut, otsu
from hilum.schema import ConfigError


def spots() -> NDArray[np.float32]:
    """A large spot of 0.6, a small one that reaches 1, and a single pixel."""
    heat = np.zeros((40, 50), np.float32)
    heat[5:25, 10:30] = 0.6
    heat[30:34, 40:46] = 0.9
    heat[31, 42] = 1.0
    heat[0, 49] = 0.8
    return heat


def test_each_connected_part_becomes_a_box_with_its_peak() -> None:
    found = Cut(0.5, smallest=0.002).boxes(spots(), "Mass")
    assert found[:, :4].tolist() == [[10, 5, 30, 25], [40, 30, 46, 34]]
    assert found[:, 4] == pytest.approx([0.6, 1.0])


def test_the_largest_alone_and_the_smallest_that_counts() -> None:
    assert Cut(0.5, parts="largest").boxes(spots(), "Mass")[:, :4].tolist() == [[10, 5, 30, 25]]
    assert len(Cut(0.5, smallest=0.0).boxes(spots(), "Mass")) == 3
    assert len(Cut(0.5, smallest=0.1).boxes(spots(), "Mass")) == 1


def test_a_threshold_for_each_finding() -> None:
    cut = Cut({"Mass": 0.7}, otherwise=0.5)
    assert len(cut.boxes(spots(), "Mass")) == 1
    assert len(cut.boxes(spots(), "Nodule")) == 2


def test_a_flat_map_has_no_box() -> None:
    for cut in (Cut(0.2), Cut("otsu")):
        assert cut.boxes(np.zeros((8, 9), np.float32), "Mass").shape == (0, 5)


def test_otsu_leaves_the_two_groups_as_much_alike_in_themselves_as_any_level_could() -> None:
    generator = np.random.default_rng(0)
    heat = np.concatenate([generator.normal(0.2, 0.05, 3000), generator.normal(0.7, 0.08, 900)]).clip(0, 1)
    steps = np.rint(heat * 255)

    def spread(level: float) -> float:
        groups = steps[steps <= level], steps[steps > level]
        return sum(len(group) * group.var() for group in groups if len(group))

    best = min(range(256), key=spread)
    np.testing.assert_array_equal(heat.astype(np.float32) * 255 >= best + 0.5, steps > best)
    assert otsu(heat.reshape(60, 65).astype(np.float32)) == pytest.approx((best + 0.5) / 255)


@pytest.mark.parametrize(
    "wrong", [{"threshold": 0.0}, {"threshold": 1.5}, {"threshold": {"Mass": -1.0}}, {"smallest": 1.0}]
)
def test_thresholds_outside_their_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="Expected a"):
        Cut(**wrong)  # type: ignore[arg-type]
