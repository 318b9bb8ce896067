"""What can be wrong with the sizes of images: other than the table says, boxes off the image."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from hilum.audit.issue import Issue, examples
from hilum.schema import Cohort
from hilum.schema.errors import listed

SIZES = ("width", "height", "table_width", "table_height")


def size_issues(cohort: Cohort, images: pd.DataFrame) -> Iterator[Issue]:
    """Files of other proportions than the table says, scaled copies, and boxes that reach outside.

    Other proportions are an error where boxes or run lengths are drawn on the size that the table says, as these are
    then misplaced; else nothing rests on that size, and they are a note.

    Args:
        cohort: what the table says.
        images: its rows of `hilum.audit.pixels.image_table`.
    """
    other = bent(images[["width", "height"]], images[["table_width", "table_height"]])
    drawn = images.image_id.isin(_drawn_on(cohort))
    if (other & drawn).any():
        where = images[other & drawn]
        message = f"Files with other proportions than the table says, so that boxes are misplaced: {len(where):,}."
        yield Issue("error", "size_wrong", cohort.name, message, len(where), examples(where, "image_id", *SIZES))
    if (other & ~drawn).any():
        where = images[other & ~drawn]
        message = f"Files with other proportions than the table says, with nothing drawn on them: {len(where):,}."
        yield Issue("note", "size_other", cohort.name, message, len(where), examples(where, "image_id", *SIZES))
    yield from _scaled(cohort.name, images[~other & images.width.notna() & images.table_width.notna()])
    yield from _boxes(cohort, images)


def bent(size: pd.DataFrame, expected: pd.DataFrame) -> "pd.Series[bool]":
    """Where the first size is no scaled form of the second; false where one of them is not known.

    Args:
        size: width and height in pixels, in this order.
        expected: width and height, the same rows.
    """
    (width, height), (wide, high) = (table.to_numpy(np.float64).T for table in (size, expected))
    across, down = width / wide, height / high
    slack = 1 / wide + 1 / high  # a scaled side is rounded to whole pixels
    return pd.Series(np.abs(across - down) > slack * np.maximum(1, across), size.index)


def _drawn_on(cohort: Cohort) -> set[str]:
    """The images on which something is drawn in the pixels of the table's size."""
    boxed = set() if cohort.boxes is None else set(cohort.boxes.table.image_id)
    if cohort.masks is None or "rle" not in cohort.masks:
        return boxed
    return boxed | set(cohort.masks.image_id[cohort.masks.rle.notna()])


def _scaled(name: str, images: pd.DataFrame) -> Iterator[Issue]:
    scaled = images[(images.width != images.table_width) | (images.height != images.table_height)]
    if len(scaled):
        sizes = scaled.groupby(["width", "height"]).size().sort_values(ascending=False)
        shown = listed((f"{int(width)} x {int(height)}" for width, height in sizes.index), most=3)
        message = f"Files that are scaled copies of what the table says, {shown} pixels: {len(scaled):,}."
        yield Issue("warning", "size_scaled", name, message, len(scaled), examples(scaled, "image_id", *SIZES))


def _boxes(cohort: Cohort, images: pd.DataFrame) -> Iterator[Issue]:
    """Boxes off the image where only the file knows its size; where the table knows it, the Cohort has refused them."""
    if cohort.boxes is None:
        return
    sized = images[images.table_width.isna()][["image_id", "width", "height"]]
    boxes = cohort.boxes.table.merge(sized, on="image_id", suffixes=("_of_the_box", ""))
    off = boxes[(boxes.x1 > boxes.width) | (boxes.y1 > boxes.height)]
    if len(off):
        message = f"Boxes that reach outside their image: {len(off):,} of {len(boxes):,}."
        shown = examples(off, "image_id", "finding", "x1", "y1", "width", "height")
        yield Issue("error", "boxes_outside", cohort.name, message, len(off), shown)
