"""Distances of outlines against MONAI's, once, and against a search over all pairs of pixels."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from hilum.evaluation.matching import match_masks
from hilum.evaluation.matching.surfaces import outline, surfaces
from hilum.evaluation.metrics import mask_metrics


def blob(seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[:40, :50]
    cy, cx = draw.uniform(14, 26), draw.uniform(18, 32)
    a, b = draw.uniform(6, 11), draw.uniform(7, 13)
    angle = np.arctan2(y - cy, x - cx)
    return np.asarray(((y - cy) / a) ** 2 + ((x - cx) / b) ** 2 < 1 + 0.3 * np.sin(3 * angle + draw.uniform(0, 6)))


MONAI = [  # MONAI 1.6.1: seeds, spacing, Hausdorff 95, mean of both mean distances, surface Dice at 2
    ((0, 1), (1.0, 1.0), 18.0, 5.5232000, 0.2473118),
    ((0, 1), (0.5, 0.8), 14.4, 4.0801734, 0.3870968),
    ((2, 3), (1.0, 1.0), 5.0099020, 2.4985564, 0.4454545),
    ((2, 3), (0.5, 0.8), 2.8301942, 1.5299031, 0.6545455),
    ((4, 5), (1.0, 1.0), 6.0496578, 2.9278302, 0.3980583),
    ((4, 5), (0.5, 0.8), 4.4721360, 1.8970396, 0.6019418),
]


@pytest.mark.parametrize(("seeds", "spacing", "hausdorff", "mean", "within"), MONAI)
def test_as_monai_measures(
    seeds: tuple[int, int], spacing: tuple[float, float], hausdorff: float, mean: float, within: float
) -> None:
    found = surfaces(blob(seeds[0]), blob(seeds[1]), spacing, 2.0)
    assert found.hausdorff_95 == pytest.approx(hausdorff, abs=1e-5)
    assert found.mean == pytest.approx(mean, abs=1e-5)
    assert found.within == pytest.approx(within, abs=1e-5)


def test_as_a_search_over_all_pairs() -> None:
    one, other, spacing = blob(6), blob(7), np.array([0.7, 1.3])
    apart = cdist(np.argwhere(outline(one)) * spacing, np.argwhere(outline(other)) * spacing)
    found = surfaces(one, other, tuple(spacing), 3.0)
    near = [apart.min(axis=axis) for axis in (1, 0)]
    assert found.mean == pytest.approx((near[0].mean() + near[1].mean()) / 2)
    assert found.hausdorff_95 == pytest.approx(max(np.percentile(each, 95) for each in near))
    assert found.within == pytest.approx((np.concatenate(near) <= 3.0).mean())


def test_the_same_region_and_an_empty_one() -> None:
    one = blob(0)
    same = surfaces(one, one, (1.0, 1.0), 0.0)
    assert (same.hausdorff_95, same.mean, same.within) == (0.0, 0.0, 1.0)
    assert np.isnan(surfaces(one, np.zeros_like(one), (1.0, 1.0), 1.0).mean)


def test_millimeters_only_where_all_spacings_are_known() -> None:
    masks = {"a": blob(0), "b": blob(2)}
    drawn = {"a": blob(1), "b": blob(3)}
    pixels = match_masks("ab", drawn, masks, spacing_mm={"a": (0.5, 0.5)})
    both = match_masks("ab", drawn, masks, spacing_mm={"a": (0.5, 0.5), "b": (0.5, 0.5)})
    assert (pixels.unit, pixels.tolerance, both.unit, both.tolerance) == ("pixels", 3.0, "mm", 2.0)
    assert both.distance == pytest.approx(pixels.distance / 2)


def test_regions_that_are_not_found_have_no_distance_but_a_dice_of_0() -> None:
    match = match_masks("ab", {"a": blob(1)}, {"a": blob(0), "b": blob(2)})
    assert np.isnan(match.distance).tolist() == [False, True]
    assert mask_metrics["surface_distance"](match) == pytest.approx(match.distance[0])
    assert mask_metrics["dice"](match, np.array([0.0, 1.0])) == 0
    assert np.isnan(mask_metrics["hausdorff_95"](match, np.array([0.0, 1.0])))
    two = mask_metrics["surface_dice"](match, np.array([[1.0, 0.0], [1.0, 1.0]]))
    assert two[0] == pytest.approx(match.within[0])
    assert np.isnan(two[1])


def test_iou_follows_from_dice_on_each_image() -> None:
    match = match_masks("a", {"a": blob(1)}, {"a": blob(0)})
    dice = mask_metrics["dice"](match)
    assert mask_metrics["iou"](match) == pytest.approx(dice / (2 - dice))
