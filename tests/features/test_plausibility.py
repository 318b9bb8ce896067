"""One rule of what can be lungs, whatever asks: a measurement, zones for features, a control."""

import numpy as np

from hilum.features.plausibility import heart_problems, lung_problems
from hilum.features.zones import atlas


def test_the_atlas_can_be_lungs_and_its_mirror_image_cannot() -> None:
    lungs = atlas(64)
    assert lung_problems(lungs.right, lungs.left) == []
    (problem,) = lung_problems(lungs.left, lungs.right)
    assert "mirrored" in problem


def test_a_lung_cut_down_is_named() -> None:
    lungs = atlas(64)
    cut = lungs.left.copy()
    cut[20:] = False
    assert any(problem.startswith("The left lung has") for problem in lung_problems(lungs.right, cut))


def test_a_heart_lies_between_lungs_and_low() -> None:
    lungs, heart = atlas(64), np.zeros((64, 64), bool)
    assert heart_problems(lungs.right, lungs.left, heart) == ["No heart was found."]
    heart[32:50, 22:48] = True
    assert heart_problems(lungs.right, lungs.left, heart) == []
    assert any("of the way down" in problem for problem in heart_problems(lungs.right, lungs.left, heart[::-1]))
