import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hilum.runs import Recipe
from hilum.runs.recipes import with_overrides
from hilum.schema import Boxes, Cohort, ConfigError, DataError
from hilum.workflows.augment import augment


def text(page: str) -> str:
    """The words of the page, without style and pictures."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())


def pictures(page: str) -> int:
    return page.count('src="data:image/jpeg')


@pytest.fixture(scope="module")
def boxed(tiny_cohort: Cohort) -> Cohort:
    """Every image that shows a Mass has a box around it."""
    ids = tiny_cohort.images.image_id[tiny_cohort.labels.Mass == 1]
    boxes = {"image_id": ids, "finding": "Mass", "x0": 8.0, "y0": 10.0, "x1": 24.0, "y1": 26.0}
    return replace(tiny_cohort, boxes=Boxes(pd.DataFrame(boxes)))


def test_images_beside_their_draws_then_each_step(tiny_recipe: Recipe, boxed: Cohort) -> None:
    recipe = with_overrides(tiny_recipe, ["augment.affine.degrees=20", "augment.erasing.chance=0.01"])
    page = augment(recipe, boxed, images=3, draws=4)
    assert pictures(page) == 3 * 5 + 2 * 6
    assert page == augment(recipe, boxed, images=3, draws=4)  # the seed decides
    said = text(page)
    assert "degrees 20 largest rotation, either way" in said
    assert "chance 0.01 share of images to which this happens" in said
    assert "no step changes them" in said
    assert page.count('<rect x="') >= (5 + 6) * 1  # two of the three images come with boxes
    assert said.count("Mass") >= 2


def test_mixing_says_what_became_of_the_labels(tiny_recipe: Recipe, boxed: Cohort) -> None:
    recipe = with_overrides(tiny_recipe, ["augment.mixup.alpha=5.0", "augment.affine.degrees=5"])
    page = augment(recipe, boxed, images=4, draws=5)
    said = text(page)
    assert re.search(r"(Mass|Nodule) 0\.\d\d", said)
    assert "what the mixture teaches" in said
    assert "no boxes are drawn" in said
    whole, alone = page.split("Each step alone")
    assert '<rect x="' in alone  # affine alone moves them
    assert whole.count('<rect x="') == whole.count("As it is.</b> Mass")  # and the images as they are show theirs


def test_what_is_drawn_from_is_shown_step_by_step(tiny_recipe: Recipe, tiny_cohort: Cohort) -> None:
    recipe = with_overrides(tiny_recipe, ["augment.random.of={gamma: {}, invert: {}}", "augment.random.count=1"])
    said = text(augment(recipe, tiny_cohort, images=1, draws=1))
    assert "of gamma, invert the transforms with their settings" in said
    assert "random: gamma Raise gray values" in said
    assert "random: invert Exchange black and white" in said


def test_training_images_alone_are_shown(tiny_recipe: Recipe, tiny_cohort: Cohort) -> None:
    images = tiny_cohort.images.copy()
    images["split"] = np.where(images.patient_id == "0007", "train", "test")
    split = replace(tiny_cohort, images=images)
    recipe = with_overrides(tiny_recipe, ["augment.gamma.log_gamma=1.0"])
    page = augment(recipe, split, images=9, draws=1)
    assert page.count("<h3>0007_00") == 2
    assert page.count("<h3>00") == 2


def test_a_recipe_without_augmentation_is_refused(tiny_recipe: Recipe, tiny_cohort: Cohort) -> None:
    with pytest.raises(ConfigError, match=r"'tiny' augments nothing\. .*--set augment"):
        augment(tiny_recipe, tiny_cohort)


def test_unreadable_images_are_named(tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path) -> None:
    recipe = with_overrides(tiny_recipe, ["augment.gamma.log_gamma=1.0"])
    images = tiny_cohort.images.iloc[:2].copy()
    (tmp_path / "torn.png").write_bytes(b"\x89PNG")
    images["path"] = [images.path.iat[0], str(tmp_path / "torn.png")]
    cohort = replace(tiny_cohort, images=images, labels=tiny_cohort.labels.iloc[:2], whole=None)
    page = augment(recipe, cohort, images=2, draws=1)
    assert "0000_001 could not be read" in text(page)
    assert str(tmp_path) not in page
    images["path"] = str(tmp_path / "torn.png")
    with pytest.raises(DataError, match="none of the images could be read"):
        augment(recipe, replace(cohort, images=images), images=2, draws=1)


def test_labels_that_a_first_run_fills_in_need_no_run_here(tiny_recipe: Recipe, tiny_cohort: Cohort) -> None:
    policy = "{name: self_trained, run: nowhere}"
    recipe = with_overrides(tiny_recipe, ["augment.affine.degrees=20", f"task.policy={policy}"])
    assert pictures(augment(recipe, tiny_cohort, images=1, draws=2)) >= 3
