"""What is trained on and what chooses the epoch: filters of the recipe, the split by patient, loaders."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hilum.audit.filters import filtered
from hilum.data import CohortSource, Loader, TabularInputs
from hilum.data.augment import mirrors, mixes
from hilum.data.counts import before_and_after
from hilum.data.loader import Sampler, chosen
from hilum.data.registries import samplers
from hilum.data.second_view import study_views, without_second_views
from hilum.images import build_store
from hilum.runs.build import takes_images, takes_lateral
from hilum.runs.recipe import Recipe
from hilum.runs.run import read_tabular
from hilum.schema import Cohort, ConfigError, DataError, Findings
from hilum.schema.split import hold_out
from hilum.tasks import Objective, Task
from hilum.tasks.task import HasSides
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
    task: Objective
    notes: list[str]


def with_split(recipe: Recipe, cohort: Cohort) -> Cohort:
    """The images that the recipe keeps, each with its split; an empty `val` is drawn.

    Of a recipe that looks at pixels, those whose files are there.
    """
    if takes_images(recipe):
        cohort = cohort.with_files()
    cohort = filtered(cohort, recipe.data, Findings.of(recipe.findings))
    if takes_lateral(recipe):
        cohort = without_second_views(cohort)
    if not (cohort.images.split == "val").any():
        cohort = hold_out(cohort, fraction=recipe.data.val_fraction, seed=recipe.data.split_seed)
    for split, purpose in (("train", "learn from"), ("val", "validate on")):
        if not (cohort.images.split == split).any():
            raise DataError(
                f"Cohort '{cohort.name}' has no images to {purpose} after these filters: {' '.join(cohort.notes)}"
            )
    return cohort


def check_augment(recipe: Recipe) -> None:
    """Refuse mirrored images where left and right are learned apart, and mixed ones where boxes or masks are learned.

    Raises:
        ConfigError: naming what is to be left out.
    """
    task = recipe.build_task()
    if isinstance(task, HasSides) and task.has_sides and mirrors(recipe.augment):
        raise ConfigError(
            "augment.flip: it mirrors images, and the recipe tells left from right, so that it would learn one as the "
            "other. Leave it out; affine turns, shifts and scales."
        )
    if isinstance(task, Task) and task.kind != "labels" and mixes(recipe.augment):
        raise ConfigError(
            f"augment: mixup and cutmix mix the labels of two images, and the recipe learns {task.kind}, which have no "
            "mixture. Leave them out; affine turns, shifts and scales."
        )


def loaders(recipe: Recipe, used: Cohort, stores: Path, beside: Mapping[str, Tensor], *, world: int = 1) -> Loaders:
    """Loaders of the splits train and val, from a store that is built or found.

    Args:
        recipe: what and how.
        used: the images of both splits.
        stores: where stores are looked for and built, for a model that looks at pixels.
        beside: what else the model takes, one row an image.
        world: processes that share each batch.
    """
    views = study_views(used) if takes_lateral(recipe) else None
    images = used.images if views is None else views.images
    store = build_store(images, recipe.preprocess, stores, name=used.name) if takes_images(recipe) else None
    task, told = taught(recipe.build_task(), used, stores)
    # an objective without labels learns from which images there are; samplers count them by this
    targets = task.targets(used, recipe.preprocess) if isinstance(task, Task) else {"rows": torch.arange(len(used))}
    source = CohortSource(
        used,
        recipe.preprocess,
        store=store,
        images=store is not None,
        lateral=views is not None,
        beside=beside,
        targets=targets,
    )
    readable = source.stored[: len(used)] >= 0 if store is not None else np.ones(len(used), bool)
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
    notes += [*told, *([] if views is None else views.notes)]
    if isinstance(task, Task):
        notes += task.check(train.targets, val.targets)
        shown = train.targets
        if settings.sampler["name"] != "shuffle":
            notes.append(before_and_after(shown, train.places(0), Findings.of(recipe.findings)))
            shown = chosen(shown, train.places(0))  # losses count what an epoch shows
        task = task.learning_from(shown)
    return Loaders(train, val, used.take(val.rows, "Validation images"), task, notes)


def _sampler(recipe: Recipe, patients: NDArray[Any]) -> Sampler:
    """The recipe's sampler with its settings, and what it asks for of these images."""
    settings = dict(recipe.training.sampler)
    function = samplers[settings.pop("name")]
    known = {"findings": Findings.of(recipe.findings), "patients": patients}
    wanted = inspect.signature(function).parameters
    return partial(function, **settings, **{name: value for name, value in known.items() if name in wanted})


def tabular_inputs(
    begun: Path | None, recipe: Recipe, cohort: Cohort
) -> tuple[TabularInputs | None, dict[str, Tensor]]:
    """The columns of the recipe's features, scaled as the Run began or by the training images, and the tensors.

    Args:
        begun: folder of the Run that is gone on with; None for a new one.
        recipe: without features there are none of either.
        cohort: all images that are used.
    """
    if not recipe.features:
        return None, {}
    if begun is not None:
        tabular = read_tabular(begun, recipe)
        return tabular, tabular.tensors(cohort)
    train_ids = cohort.images.image_id[cohort.images.split == "train"]
    return TabularInputs.fit(recipe.features, Findings.of(recipe.findings), cohort, train_ids)
