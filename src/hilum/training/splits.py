"""Who is learned from and who is for validation: filters asked for by the recipe, and the split, by patient."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from hilum.images import build_store
from hilum.runs.build import takes_images
from hilum.runs.config import Recipe
from hilum.schema import Cohort, ConfigError, DataError, Findings
from hilum.schema.split import hold_out
from hilum.training.loader import Loader


def with_split(recipe: Recipe, cohort: Cohort) -> Cohort:
    """The images that the recipe keeps, each with its split; an empty `val` is drawn.

    Of a recipe that looks at pixels, those whose files are there.
    """
    if takes_images(recipe):
        cohort = cohort.with_files()
    if recipe.data.views is not None:
        cohort = cohort.where(cohort.images.view.isin(recipe.data.views), f"Views {', '.join(recipe.data.views)}")
    if not (cohort.images.split == "val").any():
        cohort = hold_out(cohort, fraction=recipe.data.val_fraction, seed=recipe.data.split_seed)
    for split in ("train", "val"):
        if not (cohort.images.split == split).any():
            raise DataError(
                f"Cohort '{cohort.name}' has no images to {'learn from' if split == 'train' else 'validate on'} "
                f"after these filters: {' '.join(cohort.notes)}"
            )
    return cohort


def loaders(
    recipe: Recipe, used: Cohort, stores: Path, tensors: Mapping[str, Tensor]
) -> tuple[Loader, Loader, list[str]]:
    """Loaders of the train and val splits, from a store that is built or found; and what a user should know of the
    labels.

    Args:
        recipe: what and how.
        used: the images of both splits.
        stores: where stores are looked for and built, for a model that looks at pixels.
        tensors: what else the model takes, one row an image.
    """
    findings = Findings.of(recipe.findings)
    labels = used.labels_for(findings)
    store, rows = None, np.arange(len(used))
    if takes_images(recipe):
        store = build_store(used.images, recipe.preprocess, stores, name=used.name)
        rows = store.rows(used.images.image_id)
    loaders_ = []
    for split in ("train", "val"):
        places = np.flatnonzero((used.images.split == split).to_numpy() & (rows >= 0))
        if store is not None and not len(places):
            raise DataError(
                f"{store.folder}: none of the {split} images could be read. See `failure` in its index.parquet."
            )
        training = recipe.training
        mine = {name: tensor[torch.from_numpy(places)] for name, tensor in tensors.items()}
        loaders_.append(Loader(store, rows[places], places, labels[places], training.batch_size, training.seed, mine))
    notes = [f"{int((rows < 0).sum())} images could not be read and are left out."] if (rows < 0).any() else []
    return loaders_[0], loaders_[1], notes + _silent(findings, loaders_[0].labels, loaders_[1].labels)


def _silent(findings: Findings, train: np.ndarray, val: np.ndarray) -> list[str]:
    """What labels cannot teach or measure; an error when they can measure nothing at all."""
    dumb = [name for name, column in zip(findings, train.T, strict=True) if not (column == 1).any()]
    blind = [
        name for name, column in zip(findings, val.T, strict=True) if not ((column == 1).any() and (column == 0).any())
    ]
    if len(dumb) == len(findings):
        raise DataError(f"No training image has any of the findings {', '.join(findings)}. Expected labels of them.")
    if len(blind) == len(findings):
        raise ConfigError(
            "No finding is both present and absent among the validation images, so that no epoch is better than "
            "another. Give more images, or a larger data.val_fraction."
        )
    notes = [f"No training image has {name}: it is not learned." for name in dumb]
    return notes + ([f"Not in the validation AUROC, for want of images: {', '.join(blind)}."] if blind else [])
