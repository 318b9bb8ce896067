"""What is trained on and what chooses the epoch: filters of the recipe, the split by patient, loaders."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from hilum.data import CohortSource, Loader
from hilum.data.counts import before_and_after
from hilum.data.loader import Sampler, chosen
from hilum.data.registries import samplers
from hilum.images import build_store
from hilum.runs.build import takes_images
from hilum.runs.recipe import Recipe
from hilum.schema import Cohort, DataError, Findings
from hilum.schema.split import hold_out
from hilum.tasks import Task
from hilum.training.filters import filtered
from hilum.training.teachers import taught


@dataclass(frozen=True)
class Loaders:
    """Batches to train on and to validate with.

    Args:
        train: of the images to learn from.
        val: of the images that choose the best epoch.
        val_cohort: the latter, with their labels.
        task: the recipe's, knowing how often what occurs among the images to learn from.
        notes: what a user should know of them, in sentences.
    """

    train: Loader
    val: Loader
    val_cohort: Cohort
    task: Task
    notes: list[str]


def with_split(recipe: Recipe, cohort: Cohort) -> Cohort:
    """The images that the recipe keeps, each with its split; an empty `val` is drawn.

    Of a recipe that looks at pixels, those whose files are there.
    """
    if takes_images(recipe):
        cohort = cohort.with_files()
    cohort = filtered(recipe, cohort)
    if not (cohort.images.split == "val").any():
        cohort = hold_out(cohort, fraction=recipe.data.val_fraction, seed=recipe.data.split_seed)
    for split, purpose in (("train", "learn from"), ("val", "validate on")):
        if not (cohort.images.split == split).any():
            raise DataError(
                f"Cohort '{cohort.name}' has no images to {purpose} after these filters: {' '.join(cohort.notes)}"
            )
    return cohort


def loaders(recipe: Recipe, used: Cohort, stores: Path, beside: Mapping[str, Tensor], *, world: int = 1) -> Loaders:
    """Loaders of the splits train and val, from a store that is built or found.

    Args:
        recipe: what and how.
        used: the images of both splits.
        stores: where stores are looked for and built, for a model that looks at pixels.
        beside: what else the model takes, one row an image.
        world: processes that share each batch.
    """
    store = build_store(used.images, recipe.preprocess, stores, name=used.name) if takes_images(recipe) else None
    task, told = taught(recipe.build_task(), used, stores)
    targets = task.targets(used, recipe.preprocess)
    source = CohortSource(
        used, recipe.preprocess, store=store, images=store is not None, beside=beside, targets=targets
    )
    readable = source.stored >= 0 if store is not None else np.ones(len(used), bool)
    settings = recipe.training

    def loader(split: str) -> Loader:
        rows: NDArray[np.intp] = np.flatnonzero((used.images.split == split).to_numpy() & readable)
        if not len(rows):
            where = "" if store is None else f"{store.folder}: "
            raise DataError(
                f"{where}none of the {split} images could be read. See `failure` in its index.parquet for the reasons."
            )
        return Loader(
            source,
            rows,
            settings.batch_size,
            chosen(targets, rows),
            sampler=_sampler(recipe, used.images.patient_id.to_numpy()[rows]),
            seed=settings.seed,
            world=world,
        )

    train, val = loader("train"), loader("val")
    unread = int((~readable).sum())
    notes = [f"{unread} images could not be read and are left out."] if unread else []
    notes += told + task.check(train.targets, val.targets)
    shown = train.targets
    if settings.sampler["name"] != "shuffle":
        notes.append(before_and_after(shown, train.places(0), Findings.of(recipe.findings)))
        shown = chosen(shown, train.places(0))  # losses count what an epoch shows
    val_cohort = used.take(val.rows, "Validation images")
    return Loaders(train, val, val_cohort, task.learning_from(shown), notes)


def _sampler(recipe: Recipe, patients: NDArray[Any]) -> Sampler:
    """The recipe's sampler with its settings, and what it asks for of these images."""
    settings = dict(recipe.training.sampler)
    function = samplers[settings.pop("name")]
    known = {"findings": Findings.of(recipe.findings), "patients": patients}
    wanted = inspect.signature(function).parameters
    return partial(function, **settings, **{name: value for name, value in known.items() if name in wanted})
