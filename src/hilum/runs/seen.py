"""Which images a Run has seen: the one question that decides where figures may be quoted for."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from hilum.schema import Cohort, RunError

if TYPE_CHECKING:
    from hilum.runs.run import Run

MOST_SEEN = ("train", "val", "test")  # an image that one member learned from is no test image of the ensemble


def knew(run: "Run", cohort: Cohort) -> bool:
    """Whether images of this cohort were among those that the Run, or a member of it, was made with."""
    if run.members:
        return any(member.knew(cohort) for member in run.members)
    same = run.provenance.get("cohort", {}).get("name") == cohort.name
    return same and bool(cohort.images.image_id.isin(run.split.index).any())


def split_of(run: "Run", cohort: Cohort) -> "pd.Series[str]":
    """The split in which each image of a cohort stood, in the cohort's order; missing where the Run did not know it.

    For an ensemble: `train` if a member learned from the image, else `val` if one chose its epoch by it, else `test`.
    """
    if not run.members:
        return pd.Series(run.split.reindex(cohort.images.image_id).to_numpy(), cohort.images.index, dtype="object")
    stood = [member.split_of(cohort) for member in run.members if member.knew(cohort)]
    split = pd.Series(None, cohort.images.index, dtype="object")
    for name in reversed(MOST_SEEN):
        for one in stood:
            split = split.mask(one == name, name)
    return split


def with_split(run: "Run", cohort: Cohort) -> Cohort:
    """The cohort with the split of a Run; see `Run.with_split`."""
    images = cohort.images
    split = run.split_of(cohort)
    known = split.notna()
    if not known.any():
        raise RunError(
            f"{run.folder if run.members else run.folder / 'split.parquet'} names none of the images of cohort "
            f"'{cohort.name}'. Expected the same source."
        )
    seen = images.patient_id.isin(images.patient_id[known & (split != "test")])
    unseen = ~known & (images.split == "test").fillna(False).astype(bool) & ~seen
    note = f"Split of run '{run.folder.name}': {known.sum():,} of {len(cohort):,} images stand in it."
    if unseen.any():
        note += f" {unseen.sum():,} more are in the test split of the cohort, of patients that it never saw."
    return replace(cohort, images=images.assign(split=split.mask(unseen, "test")), notes=(*cohort.notes, note))
