"""Lungs as a cohort's masks outline them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.features.plausibility import lung_problems
from hilum.images.masks import region, resized, sides
from hilum.schema import Cohort, DataError

Mask = NDArray[np.bool_]
LEFT, RIGHT, BOTH = "left lung", "right lung", "lungs"
REGION = ("structure", "path", "rle", "rle_order", "height", "width")  # where a mask's pixels are


@dataclass(frozen=True)
class Lungs:
    """Both lungs of one image; left is the patient's left, which lies on the right of the image.

    Args:
        left: (H, W), true inside.
        right: (H, W), true inside.
    """

    left: Mask
    right: Mask

    @property
    def both(self) -> Mask:
        """(H, W), true inside either lung."""
        return self.left | self.right


def masks_of(cohort: Cohort) -> dict[str, list[dict[str, Any]]]:
    """The rows of lung masks (`structure`, and where its region is) of each image that has any, as JSON values."""
    found: dict[str, list[dict[str, Any]]] = {}
    if cohort.masks is None or cohort.masks.empty:
        return found
    masks = cohort.masks.reindex(columns=["image_id", *REGION])
    masks = masks.assign(structure=masks.structure.str.replace("_", " ").str.lower())
    for row in masks[masks.structure.isin([LEFT, RIGHT, BOTH])].to_dict("records"):
        image_id = str(row.pop("image_id"))
        found.setdefault(image_id, []).append(
            {str(name): None if pd.isna(value) else value for name, value in row.items()}
        )
    return found


def draw_lungs(rows: Sequence[Mapping[str, Any]], height: int, width: int) -> Lungs:
    """Both lungs on the original pixels.

    Args:
        rows: of masks of one image, as `masks_of` gives them. One mask of both lungs is taken apart.
        height: of the image, pixels.
        width: of the image, pixels.

    Raises:
        DataError: when a lung is missing, a mask has other proportions than the image, or what is outlined cannot be
            lungs (`hilum.features.plausibility`).
    """
    drawn = {str(row["structure"]): _drawn(row, height, width) for row in rows}
    if LEFT in drawn and RIGHT in drawn:
        lungs = Lungs(drawn[LEFT], drawn[RIGHT])
    elif BOTH in drawn:
        parts = sides(drawn[BOTH])
        if parts is None:
            raise DataError("No plausible lungs: the mask of both does not fall into two. Expected one part a lung.")
        lungs = Lungs(left=parts[1], right=parts[0])
    else:
        raise DataError(f"Masks of {', '.join(drawn) or 'nothing'}. Expected a left and a right lung, or both in one.")
    problems = lung_problems(lungs.right, lungs.left)
    if problems:
        raise DataError(f"No plausible lungs: {' '.join(problems)} Expected a frontal chest image and its lungs.")
    return lungs


def _drawn(row: Mapping[str, Any], height: int, width: int) -> Mask:
    held = {name: np.nan if value is None else value for name, value in row.items()}
    mask = region(SimpleNamespace(**held), height, width)
    return resized(mask, height, width, name=str(row["path"] or row["structure"]))


def with_masks(cohort: Cohort, masks: pd.DataFrame) -> Cohort:
    """The cohort with these masks (`MaskPredictions.table`) in place of its own; those of other images are left out."""
    mine = masks[masks.image_id.isin(cohort.images.image_id)].reset_index(drop=True)
    if mine.empty:
        raise DataError(f"None of the masks is of an image of cohort '{cohort.name}'. Expected the same image ids.")
    covered = cohort.images.image_id.isin(mine.image_id).sum()
    note = f"Masks are given for {covered:,} of {len(cohort):,} images."
    return replace(cohort, masks=mine, notes=(*cohort.notes, note))
