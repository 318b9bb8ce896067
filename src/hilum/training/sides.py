"""Who is learnt from and who is held out: filters asked for by the recipe, and the split, by patient."""

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


def with_sides(recipe: Recipe, cohort: Cohort) -> Cohort:
    """The films that the recipe keeps, each with its side; an empty `val` is drawn.

    Of a recipe that looks at pixels, those whose files are there.
    """
    if takes_images(recipe):
        cohort = cohort.with_files()
    if recipe.data.views is not None:
        cohort = cohort.where(cohort.films.view.isin(recipe.data.views), f"Views {', '.join(recipe.data.views)}")
    if not (cohort.films.split == "val").any():
        cohort = hold_out(cohort, fraction=recipe.data.val_fraction, seed=recipe.data.split_seed)
    for side in ("train", "val"):
        if not (cohort.films.split == side).any():
            raise DataError(
                f"Cohort '{cohort.name}' has no films to {'learn from' if side == 'train' else 'validate on'} "
                f"after these filters: {' '.join(cohort.notes)}"
            )
    return cohort


def loaders(
    recipe: Recipe, used: Cohort, stores: Path, tensors: Mapping[str, Tensor]
) -> tuple[Loader, Loader, list[str]]:
    """Loaders of the two sides, from a store that is built or found; and what a user should know of the labels.

    Args:
        recipe: what and how.
        used: the films of both sides.
        stores: where stores are looked for and built, for a model that looks at pixels.
        tensors: what else the model takes, one row a film.
    """
    findings = Findings.of(recipe.findings)
    labels = used.labels_for(findings)
    store, rows = None, np.arange(len(used))
    if takes_images(recipe):
        store = build_store(used.films, recipe.preprocess, stores, name=used.name)
        rows = store.rows(used.films.image_id)
    sides = []
    for side in ("train", "val"):
        places = np.flatnonzero((used.films.split == side).to_numpy() & (rows >= 0))
        if store is not None and not len(places):
            raise DataError(
                f"{store.folder}: none of the {side} films could be read. See `failure` in its index.parquet."
            )
        training = recipe.training
        mine = {name: tensor[torch.from_numpy(places)] for name, tensor in tensors.items()}
        sides.append(Loader(store, rows[places], places, labels[places], training.batch_size, training.seed, mine))
    notes = [f"{int((rows < 0).sum())} films could not be read and are left out."] if (rows < 0).any() else []
    return sides[0], sides[1], notes + _silent(findings, sides[0].labels, sides[1].labels)


def _silent(findings: Findings, learning: np.ndarray, held_out: np.ndarray) -> list[str]:
    """What labels cannot teach or measure; an error when they can measure nothing at all."""
    dumb = [name for name, column in zip(findings, learning.T, strict=True) if not (column == 1).any()]
    blind = [
        name
        for name, column in zip(findings, held_out.T, strict=True)
        if not ((column == 1).any() and (column == 0).any())
    ]
    if len(dumb) == len(findings):
        raise DataError(f"No training film has any of the findings {', '.join(findings)}. Expected labels of them.")
    if len(blind) == len(findings):
        raise ConfigError(
            "No finding is both present and absent among the validation films, so that no epoch is better than "
            "another. Give more films, or a larger data.val_fraction."
        )
    notes = [f"No training film has {name}: it is not learnt." for name in dumb]
    return notes + ([f"Not in the validation AUROC, for want of films: {', '.join(blind)}."] if blind else [])
