"""The owners' split lists, as counts and hashes, so that a list that was changed, cut or mixed up is noticed."""

import hashlib
from typing import Any

import pandas as pd

from hilum.audit.issue import Issue
from hilum.schema import Cohort

# cohort: split: how many images the owner lists, SHA-256 of their image ids, sorted, with newlines between them
SPLITS = {
    "nih14": {
        "train": (86_524, "f5ca42650c3529e46ba2b4399869027d2ff2ddac9a5e55b5fa64530fcb4dd4be"),
        "test": (25_596, "7519b7296cb0f58e5d2f4818372950411b04f1f243580c4132d001746535d931"),
    },
}

NIH14_IMAGES = 112_120


def owners_split(cohort: Cohort) -> tuple[bool | None, list[Issue]]:
    """Whether the split is the owner's, and what there is to say; None where no list of the owner's is known.

    Validation images count with the training images, from which they are drawn.
    """
    known = SPLITS.get(cohort.name)
    if known is None:
        return None, []
    splits = cohort.images.split.replace("val", "train")
    issues = [
        issue
        for split, (count, digest) in known.items()
        if (issue := _compare(cohort, split, cohort.images.image_id[splits == split], count, digest)) is not None
    ]
    if issues:
        return False, issues
    counts = " and ".join(f"{count:,} {split}" for split, (count, _) in known.items())
    return True, [
        Issue("note", "owners_split", cohort.name, f"The split is the owner's: {counts} images, list by list.")
    ]


def remarks(name: str, numbers: dict[str, Any]) -> list[str]:
    """What is often stated of a source and is not what its table gives; `numbers` as in `hilum.audit.summary`."""
    if name != "nih14" or numbers["images"] != NIH14_IMAGES:
        return []
    sex, age = numbers["sex"]["patients"], numbers["age_years"]
    return [
        "Of this table 14,175 men, 16,630 women and a mean age of 46.9 years have been stated. "
        f"It gives {sex['M']:,} men and {sex['F']:,} women, and a mean age of {age['images']['mean']:.1f} years over "
        f"the images, {age['patients']['mean']:.1f} over the patients at their first image."
    ]


def _compare(cohort: Cohort, split: str, image_ids: "pd.Series[str]", count: int, digest: str) -> Issue | None:
    if len(image_ids) != count:
        message = f"Images in the split {split}: {len(image_ids):,}; the owner's list has {count:,}."
        return Issue("warning", "split_incomplete", cohort.name, message, abs(count - len(image_ids)))
    if hashlib.sha256("\n".join(sorted(image_ids)).encode()).hexdigest() != digest:
        message = f"Images in the split {split}: {count:,}, as many as on the owner's list, but not the same ones."
        return Issue("error", "split_changed", cohort.name, message, count)
    return None
