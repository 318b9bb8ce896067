"""The thorax: numbers from chests, and sentences in place of numbers from anything else."""

from pathlib import Path

import numpy as np
import pytest

from hilum.datasets import datasets
from hilum.features.thorax import thorax
from hilum.images.mask_tables import CohortMasks
from hilum.phantom import layouts

Regions = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def chests(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Regions, float]]:
    folder: Path = tmp_path_factory.mktemp("wingspan")
    layouts["wingspan"](folder, images=6, seed=1, size=128, workers=0)
    cohort = datasets["wingspan"](folder)
    masks = {name: CohortMasks(cohort, name) for name in ("right_lung", "left_lung", "heart")}
    rows = zip(cohort.images.image_id, cohort.images.cardiothoracic_ratio, strict=True)
    return [({name: own[image_id] for name, own in masks.items()}, ratio) for image_id, ratio in rows]


def test_drawn_chests_are_measured(chests: list[tuple[Regions, float]]) -> None:
    for regions, ratio in chests:
        found = thorax(regions, spacing_mm=(2.0, 2.0), scores={"heart": 0.95}, margins=dict.fromkeys(regions, 1.0))
        assert found.problems == ()
        assert found.ratio is not None
        assert found.ratio.value == pytest.approx(ratio, abs=1e-3)
        assert 0 < found.ratio_doubt < 0.05
        assert found.lung_areas is not None
        assert found.lung_areas[0] == pytest.approx(regions["right_lung"].sum() * 4 / 100)
        assert found.doubts["heart"] == pytest.approx(0.05)
        assert found.to_json()["cardiothoracic_ratio"] == pytest.approx(ratio, abs=1e-3)


@pytest.fixture
def regions(chests: list[tuple[Regions, float]]) -> Regions:
    return dict(chests[0][0])


def test_no_lungs_one_lung_no_heart(regions: Regions) -> None:
    nothing = thorax({})
    assert nothing.problems == ("No lung was found: is this a frontal chest image?",)
    one = thorax({**regions, "left_lung": np.zeros_like(regions["heart"])})
    assert one.problems == ("Only the right lung was found.",)
    for found in (nothing, one):
        assert found.ratio is None
        assert found.lung_areas is None
        assert found.to_json()["cardiothoracic_ratio"] is None
    without = thorax({name: regions[name] for name in ("right_lung", "left_lung")})
    assert without.problems == ("No heart was found.",)
    assert without.ratio is None
    assert without.lung_areas is not None


def test_lungs_that_overlap_or_change_sides(regions: Regions) -> None:
    right, left = regions["right_lung"], regions["left_lung"]
    swapped = thorax({**regions, "right_lung": left, "left_lung": right})
    assert "mirrored" in swapped.problems[0]
    wide = np.roll(right, 60, axis=1) | right
    assert any("overlap" in one for one in thorax({**regions, "right_lung": wide}).problems)
    assert thorax({**regions, "right_lung": wide}).ratio is None


def test_shapes_of_no_chest(regions: Regions) -> None:
    fingers = np.zeros((128, 128), bool)
    fingers[::6, :60] = True
    other = np.zeros((128, 128), bool)
    other[2:6, 64:128] = True
    found = thorax({"right_lung": fingers, "left_lung": other, "heart": regions["heart"]})
    assert found.ratio is None
    assert found.lung_areas is None
    assert len(found.problems) >= 2
    speck = np.zeros((128, 128), bool)
    speck[2:4, 2:4] = True
    assert any("The heart" in one for one in thorax({**regions, "heart": speck}).problems)


def test_a_model_that_is_unsure_gives_no_number(regions: Regions) -> None:
    found = thorax(regions, scores={"heart": 0.6, "left_lung": 0.97, "right_lung": 0.97})
    assert found.problems == ("The model is unsure of the heart: it expects a Dice of 0.60.",)
    assert found.ratio is None
    assert found.lung_areas is not None


def test_a_spacing_that_no_adult_has_gives_areas_in_pixels(regions: Regions) -> None:
    found = thorax(regions, spacing_mm=(0.01, 0.01))
    plain = thorax(regions)
    assert (found.unit, found.lung_areas) == ("pixels", plain.lung_areas)
    assert "spacing" in found.problems[-1]
    assert found.ratio is not None
