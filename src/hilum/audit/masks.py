"""What can be wrong with masks: not there, broken, of another size than their image, empty.

A mask is a file (`path`) or run lengths in the table (`rle`); how an owner counts the runs is the dataset's matter.
"""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from hilum.audit.issue import Issue, examples
from hilum.audit.sizes import bent
from hilum.engine import map_rows
from hilum.images.masks import read_mask
from hilum.schema import Cohort

NAMES = ("image_id", "structure")


def listed_masks(cohort: Cohort) -> Iterator[Issue]:
    """What the table alone shows: masks without a region, run lengths that are none, images without a mask."""
    if cohort.masks is None or not len(cohort.masks):
        return
    masks = _regions(cohort)
    gone = masks[masks.rle.isna() & ~masks.path.map(os.path.exists, na_action="ignore").eq(True)]
    if len(gone):
        message = f"Masks that are named but not there: {len(gone):,} of {len(masks):,}."
        yield Issue("error", "masks_gone", cohort.name, message, len(gone), examples(gone, *NAMES, "path"))
    area = cohort.images.set_index("image_id")[["width", "height"]].prod(axis=1, skipna=False)
    runs = masks[masks.rle.notna()]
    why = [_refused(text, area[image_id]) for text, image_id in zip(runs.rle, runs.image_id, strict=True)]
    bad = runs.assign(failure=pd.Series(why, runs.index, "str")).dropna(subset="failure")
    if len(bad):
        message = f"Run lengths that draw no mask: {len(bad):,} of {len(runs):,}."
        yield Issue("error", "masks_broken", cohort.name, message, len(bad), examples(bad, *NAMES, "failure"))
    bare = cohort.images[~cohort.images.image_id.isin(masks.image_id)]
    if len(bare):
        message = f"Images without a mask: {len(bare):,} of {len(cohort):,}."
        yield Issue("note", "masks_none", cohort.name, message, len(bare), examples(bare, "image_id"))


def opened_masks(cohort: Cohort, images: pd.DataFrame, *, engine: str, workers: int | None) -> Iterator[Issue]:
    """What a look into every mask's file shows.

    Args:
        cohort: whose masks.
        images: its rows of `hilum.audit.pixels.image_table`, for the sizes of the files.
        engine: `local` or `spark`.
        workers: processes of the local engine; None for all cores.
    """
    masks = _regions(cohort)
    masks = masks[masks.path.map(os.path.exists, na_action="ignore").eq(True)].reset_index(drop=True)
    if masks.empty:
        return
    seen = [
        {"failure": outcome.failure, **(outcome.value or {})}
        for outcome in map_rows(look_at_mask, masks[["path"]], engine=engine, workers=workers, what="masks")
    ]
    looked = pd.DataFrame(seen, columns=["failure", "width", "height", "empty"])
    masks = masks[[*NAMES, "path"]].join(looked).merge(_sizes(cohort, images), on="image_id", how="left")
    yield from _file_issues(cohort.name, masks)


def look_at_mask(row: dict[str, Any]) -> dict[str, Any]:
    """Width and height of the mask at `row["path"]`, and whether it is 0 everywhere."""
    mask = read_mask(row["path"])
    return {"width": mask.shape[1], "height": mask.shape[0], "empty": not mask.any()}


def _file_issues(name: str, masks: pd.DataFrame) -> Iterator[Issue]:
    of = f"of {len(masks):,}"
    failed = masks[masks.failure.notna()]
    if len(failed):
        message = f"Masks that cannot be read: {len(failed):,} {of}."
        yield Issue("error", "masks_broken", name, message, len(failed), examples(failed, *NAMES, "failure"))
    sizes = ("width", "height", "image_width", "image_height")
    other = bent(masks[["width", "height"]], masks[["image_width", "image_height"]])
    if other.any():
        message = f"Masks with other proportions than their image: {other.sum():,} {of}."
        yield Issue(
            "error", "masks_size_wrong", name, message, int(other.sum()), examples(masks[other], *NAMES, *sizes)
        )
    known = ~other & masks.width.notna() & masks.image_width.notna()
    scaled = masks[known & ((masks.width != masks.image_width) | (masks.height != masks.image_height))]
    if len(scaled):
        message = f"Masks of another size than their image, but of its proportions: {len(scaled):,} {of}."
        yield Issue("note", "masks_scaled", name, message, len(scaled), examples(scaled, *NAMES, *sizes))
    empty = masks[masks["empty"].eq(True)]
    if len(empty):
        message = f"Masks that outline nothing: {len(empty):,} {of}."
        yield Issue("note", "masks_empty", name, message, len(empty), examples(empty, *NAMES))


def _regions(cohort: Cohort) -> pd.DataFrame:
    """The masks with both columns, `path` and `rle`, whatever the owner has."""
    if cohort.masks is None:
        return pd.DataFrame(columns=[*NAMES, "path", "rle"])
    return cohort.masks.reindex(columns=list(dict.fromkeys([*cohort.masks, "path", "rle"])))


def _sizes(cohort: Cohort, images: pd.DataFrame) -> pd.DataFrame:
    """Width and height of each image: its file's where that could be read, else the table's."""
    sizes = cohort.images.set_index("image_id")[["width", "height"]].astype(np.float64)
    if len(images):
        read = images.dropna(subset="width").set_index("image_id")[["width", "height"]]
        sizes.update(read.astype(np.float64))
    return sizes.add_prefix("image_").reset_index()


def _refused(text: object, area: float) -> str | None:
    """Why run lengths draw no mask on so many pixels (NaN where the size is not known); None when they do.

    >>> _refused("5 2 3 1", 64.0), _refused("-1", 64.0), _refused("5 2 3", 64.0)
    (None, None, "'5 2 3' is not made of pairs of whole numbers")
    """
    words = str(text).split()
    if words == ["-1"]:
        return None
    shown = f"'{str(text)[:40]}'"
    if not words or len(words) % 2 or not all(word.isdecimal() for word in words):
        return f"{shown} is not made of pairs of whole numbers"
    if sum(int(word) for word in words[1::2]) > area:
        return f"{shown} sets more pixels than the image has"
    return None
