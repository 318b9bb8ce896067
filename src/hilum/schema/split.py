"""Splits by patient, drawn once with a seed: no image of a patient ever stands in two splits."""

import hashlib
from dataclasses import replace

import numpy as np
import pandas as pd

from hilum.schema.cohort import Cohort
from hilum.schema.errors import ConfigError, DataError, listed


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
