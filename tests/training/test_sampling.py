"""A sampler in a recipe: what it shows is told, and every process deals the same order."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from hilum.runs import Recipe
from hilum.runs.recipes import with_overrides
from hilum.schema import Cohort, ConfigError
from hilum.training.setup import Loaders, loaders, with_split

NUMBER = 200


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    """200 images of 100 patients, 4 with Mass, 60 with Nodule."""
    ids = [f"{number:03}" for number in range(NUMBER)]
    images = pd.DataFrame({"image_id": ids, "patient_id": [str(n // 2) for n in range(NUMBER)]})
    images["split"] = np.where(np.arange(NUMBER) % 10 < 8, "train", "val")
    labels = pd.DataFrame({"Mass": np.zeros(NUMBER), "Nodule": np.zeros(NUMBER)})
    labels.loc[[0, 2, 4, 8], "Mass"] = 1
    labels.loc[100:159, "Nodule"] = 1
    return Cohort("made", images, labels)


def set_up(recipe: Recipe, cohort: Cohort, *changes: str, world: int = 1) -> Loaders:
    plain = ["model={name: mlp, hidden: [4]}", "features={demographics: {}}"]
    changed = with_overrides(recipe, [*plain, *changes])
    return loaders(
        changed, with_split(changed, cohort), Path("nowhere"), {"features": torch.zeros(NUMBER, 3)}, world=world
    )


def test_counts_before_and_after_are_told(tiny_recipe: Recipe, cohort: Cohort) -> None:
    sets = set_up(tiny_recipe, cohort, "training.sampler={name: to_counts, counts: {Mass: 50, none: 60}}")
    (note,) = [note for note in sets.notes if note.startswith("Training images")]
    assert note == (
        "Training images, as they are and in an epoch: 160 -> 158 (111 different ones). "
        "With each finding: Mass 3 -> 50, Nodule 48 -> 48, none 109 -> 60."
    )
    assert sets.train.images == 158
    assert sets.task.counts.tolist() == [[50, 108], [48, 110]]  # type: ignore[attr-defined]  # what losses weigh by
    assert sum(len(batch) for batch in sets.train.epoch(0)) == 158
    assert not [note for note in set_up(tiny_recipe, cohort).notes if note.startswith("Training images")]


@pytest.mark.parametrize(
    "sampler", ["{name: to_counts, counts: {Mass: 50}}", "{name: patient_balanced, each: 3}", "inverse_frequency"]
)
def test_processes_deal_one_order(tiny_recipe: Recipe, cohort: Cohort, sampler: str) -> None:
    alone = set_up(tiny_recipe, cohort, f"training.sampler={sampler}").train
    shared = [set_up(tiny_recipe, cohort, f"training.sampler={sampler}", world=2).train for _ in range(2)]
    together = zip(*(loader.epoch(1, rank=rank) for rank, loader in enumerate(shared)), strict=True)
    dealt = [sorted(one.image_ids + other.image_ids) for one, other in together]
    assert dealt == [sorted(batch.image_ids) for batch in alone.epoch(1)]


def test_settings_of_samplers_are_checked(tiny_recipe: Recipe) -> None:
    with pytest.raises(ConfigError, match=r"training\.sampler\.counts: not given"):
        with_overrides(tiny_recipe, ["training.sampler=to_counts"])
    with pytest.raises(ConfigError, match=r"training\.sampler\.powr.*training\.sampler\.power"):
        with_overrides(tiny_recipe, ["training.sampler={name: inverse_frequency, powr: 1}"])


def test_a_finding_that_no_training_image_has_is_named_with_what_to_do(tiny_recipe: Recipe, cohort: Cohort) -> None:
    labels = cohort.labels.assign(Mass=0.0)
    notes = set_up(tiny_recipe, replace(cohort, labels=labels)).notes
    assert any(note.startswith("No training image has Mass") and "Leave it out of `findings`" in note for note in notes)
