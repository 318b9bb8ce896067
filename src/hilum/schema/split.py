"""Splits by patient, drawn once with a seed: no image of a patient ever stands in two splits."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from hilum.schema.cohort import Cohort
from hilum.schema.errors import ConfigError, DataError, listed
from hilum.schema.soundness import SPLITS
from hilum.schema.table_files import read_cells


def hold_out(cohort: Cohort, *, fraction: float, seed: int, source: str = "train", into: str = "val") -> Cohort:
    """Move a fraction of the patients of one split to another, stratified over findings.

    Patients are taken rarest finding first: within the patients whose rarest finding is the same, the same fraction is
    moved, so that a finding with twenty images keeps some in both.

    Args:
        cohort: the images; those with no split count as `source`.
        fraction: share of the patients to move, in (0, 1).
        seed: of the draw; the same seed and cohort give the same split.
        source: the split to take from.
        into: the split to move to.

    Returns:
        The same images with `split` filled; the order of the rows has no part in who is moved.

    Raises:
        DataError: when no image stands in the split to take from.
    """
    if not 0 < fraction < 1:
        raise ConfigError(f"A held-out fraction of {fraction} was asked for. Expected a number between 0 and 1.")
    images = cohort.images.copy()
    images["split"] = images.split.fillna(source)
    in_source = (images.split == source).to_numpy()
    if not in_source.any():
        there = listed(images.split.unique())
        raise DataError(f"Cohort '{cohort.name}' has no images in '{source}' to take from. Expected one of: {there}.")
    strata = _rarest_finding(cohort)[in_source].groupby(images.patient_id[in_source].to_numpy()).min().sort_index()
    generator = np.random.default_rng(seed)
    moved: list[str] = []
    for _, patients in strata.groupby(strata):
        shuffled = generator.permutation(patients.index.to_numpy())
        whole, rest = divmod(len(shuffled) * fraction, 1)
        moved.extend(shuffled[: int(whole) + int(generator.random() < rest)])
    images.loc[in_source & images.patient_id.isin(moved).to_numpy(), "split"] = into
    share = f"{len(moved):,} of {len(strata):,} patients"
    note = f"Split drawn by patient, seed {seed}: {share} moved from {source} to {into}."
    return replace(cohort, images=images, notes=(*cohort.notes, note))


def without_copies(cohort: Cohort, copies: pd.DataFrame) -> Cohort:
    """Drop images whose copy stands in another split, always the one on the side of training.

    Of a pair in train and test, or train and val, the training image goes; of a pair in val and test, the one in val.

    Args:
        cohort: with a split.
        copies: pairs as `hilum.audit.check` finds them (`Audit.copies`, `copies.csv`): `image_id_a`, `split_a`,
            `image_id_b`, `split_b`, and, when pairs of several cohorts are listed, `cohort_a` and `cohort_b`.

    Returns:
        The other images; how many went, and from where, stands in the notes.

    Raises:
        DataError: when the cohort has no split, or the pairs lack a column.
    """
    check_split_there(cohort)
    missing = [name for end in "ab" for name in (f"image_id_{end}", f"split_{end}") if name not in copies]
    if missing:
        raise DataError(f"The copies lack {', '.join(missing)}. Expected the copies.csv that `hilum check -o` writes.")
    rank = {end: copies[f"split_{end}"].map(dict(zip(SPLITS, range(3), strict=True))) for end in "ab"}
    dropped: set[str] = set()
    for end, other in ("ab", "ba"):
        own = copies[f"cohort_{end}"] == cohort.name if f"cohort_{end}" in copies else True
        dropped.update(copies.loc[own & (rank[end] < rank[other]), f"image_id_{end}"].astype(str))
    gone = cohort.images.image_id.isin(dropped)
    counts = cohort.images.split[gone].value_counts()
    where = ", ".join(f"{count:,} from {split}" for split, count in counts.items())
    of_them = f" ({where})" if where else ""
    return cohort.where(~gone, f"Copies of images in another split: {gone.sum():,} dropped{of_them}")


def check_split_there(cohort: Cohort) -> None:
    """Refuse a cohort of which no image stands in a split."""
    if cohort.images.split.isna().all():
        raise DataError(f"Cohort '{cohort.name}' has no split, so no copies lie across it. Draw the split first.")


def split_list(cohort: Cohort) -> pd.DataFrame:
    """`image_id` and `split` of the images that stand in one, for a file that `with_split_list` reads."""
    return cohort.images.loc[cohort.images.split.notna(), ["image_id", "split"]].reset_index(drop=True)


def with_split_list(cohort: Cohort, path: str | os.PathLike[str]) -> Cohort:
    """The images that a CSV file with `image_id` and `split` lists, in the splits that it names.

    Args:
        cohort: whose own split is replaced.
        path: as `hilum check --drop copies` writes it.

    Raises:
        DataError: when the file cannot be read, lacks a column, lists an image twice or none of the cohort, or parts a
            patient.
    """
    try:
        placed = read_cells(path).set_index("image_id").split
    except (DataError, KeyError, AttributeError) as error:
        raise DataError(f"{path}: no split list ({error}). Expected a CSV file with image_id and split.") from error
    twice = placed.index[placed.index.duplicated()]
    if len(twice):
        raise DataError(f"{path}: {len(twice)} images stand twice: {listed(twice)}. Expected one row an image.")
    listed_here = cohort.images.image_id.isin(placed.index)
    if not listed_here.any():
        raise DataError(f"{path}: lists none of the images of '{cohort.name}'. Expected its image ids.")
    kept = cohort.where(listed_here, f"Images on {Path(path).name}")
    strangers = len(placed) - len(kept)
    note = [f"{Path(path).name} lists {strangers:,} images that are not in this cohort."] if strangers else []
    images = kept.images.assign(split=placed.reindex(kept.images.image_id).to_numpy())
    return replace(kept, images=images, notes=(*kept.notes, *note))


def split_hash(cohort: Cohort) -> str:
    """A short name for who stands in which split: equal for equal splits, in whatever order the rows stand."""
    placed = cohort.images[["image_id", "split"]].sort_values("image_id").fillna("")
    text = "\n".join(placed.image_id + " " + placed.split)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _rarest_finding(cohort: Cohort) -> "pd.Series[int]":
    """Per image the rank of its rarest present finding (0 = rarest of all); the number of findings when it has none."""
    present = (cohort.labels == 1).to_numpy()
    ranks = present.sum(axis=0).argsort(kind="stable").argsort()
    ranked = np.where(present, ranks, len(cohort.findings))
    return pd.Series(ranked.min(axis=1, initial=len(cohort.findings)))
