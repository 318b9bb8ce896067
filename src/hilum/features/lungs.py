"""Lungs as a cohort's masks outline them, and whether what they outline can be lungs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image as Picture

from hilum.datasets.siim_pneumothorax import decode_rle
from hilum.schema import Cohort, DataError

Mask = NDArray[np.bool_]
LEFT, RIGHT, BOTH = "left lung", "right lung", "lungs"
LEAST, MOST = 0.02, 0.45  # share of the image that one lung covers; a hand's or a blank image's mask lies outside
BENT = 0.02  # how far the proportions of a mask may lie from its image's


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

    def faults(self) -> list[str]:
        """Why these cannot be the lungs of a frontal chest image; none when they can."""
        found = []
        for name, mask in ((LEFT, self.left), (RIGHT, self.right)):
            share = float(mask.mean())
            if not LEAST <= share <= MOST:
                found.append(f"its {name} covers {100 * share:.1f} % of the image")
        if not found:
            columns = [float(np.flatnonzero(mask.any(axis=0)).mean()) for mask in (self.left, self.right)]
            shared = float((self.left & self.right).mean()) / min(self.left.mean(), self.right.mean())
            if columns[0] <= columns[1]:
                found.append("its left lung lies left of its right one: the image or the mask is mirrored")
            if shared > 0.1:
                found.append(f"its lungs overlap by {100 * shared:.0f} %")
        return found


def masks_of(cohort: Cohort) -> dict[str, list[dict[str, Any]]]:
    """The rows of lung masks (`structure`, `path` or `rle`) of each image that has any."""
    if cohort.masks is None or cohort.masks.empty:
        return {}
    masks = cohort.masks.reindex(columns=["image_id", "structure", "path", "rle"])
    masks = masks.assign(structure=masks.structure.str.replace("_", " ").str.lower())
    masks = masks[masks.structure.isin([LEFT, RIGHT, BOTH])]
    masks = masks.astype(object).where(masks.notna(), None)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in masks.itertuples(index=False):
        found.setdefault(str(row.image_id), []).append({"structure": row.structure, "path": row.path, "rle": row.rle})
    return found


def draw_lungs(rows: Sequence[Mapping[str, Any]], height: int, width: int) -> Lungs:
    """Both lungs on the original pixels.

    Args:
        rows: of masks of one image, as `masks_of` gives them. One mask of both lungs is cut at the middle between them.
        height: of the image, pixels.
        width: of the image, pixels.

    Raises:
        DataError: when a lung is missing, a mask has other proportions than the image, or what is outlined cannot be
            lungs (`Lungs.faults`).
    """
    drawn = {str(row["structure"]): _drawn(row, height, width) for row in rows}
    if LEFT in drawn and RIGHT in drawn:
        lungs = Lungs(drawn[LEFT], drawn[RIGHT])
    elif BOTH in drawn:
        lungs = _cut(drawn[BOTH])
    else:
        raise DataError(f"Masks of {', '.join(drawn) or 'nothing'}. Expected a left and a right lung, or both in one.")
    faults = lungs.faults()
    if faults:
        raise DataError(f"No plausible lungs: {'; '.join(faults)}. Expected a frontal chest image and its lungs.")
    return lungs


def _drawn(row: Mapping[str, Any], height: int, width: int) -> Mask:
    if row["path"] is None:
        return decode_rle(str(row["rle"]), height, width)
    path = Path(str(row["path"]))
    try:
        with Picture.open(path) as opened:
            mask = np.asarray(opened.convert("L")) > 0
    except (OSError, ValueError, SyntaxError) as error:
        raise DataError(f"{path}: no readable mask ({error}). Expected an image file, above 0 inside.") from error
    if abs(mask.shape[1] / mask.shape[0] / (width / height) - 1) > BENT:
        raise DataError(
            f"{path}: a mask of {mask.shape[1]} x {mask.shape[0]} pixels for an image of {width} x {height}. "
            "Expected the image's size, or its proportions."
        )
    if mask.shape != (height, width):
        mask = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST).astype(bool)
    return mask


def _cut(both: Mask) -> Lungs:
    """One mask of both lungs, cut at the column with the fewest pixels between the quarters of its width."""
    columns = np.flatnonzero(both.any(axis=0))
    if not len(columns):
        return Lungs(both, both)
    first, last = int(columns[0]), int(columns[-1]) + 1
    quarter = (last - first) // 4
    inner = both[:, first + quarter : last - quarter].sum(axis=0)
    valley = np.flatnonzero(inner == inner.min()) if len(inner) else np.zeros(1, np.intp)
    middle = first + quarter + int(valley[len(valley) // 2])
    right, left = both.copy(), both.copy()
    right[:, middle:], left[:, :middle] = False, False
    return Lungs(left, right)


def with_masks(cohort: Cohort, masks: pd.DataFrame) -> Cohort:
    """The cohort with these masks (`MaskPredictions.table`) in place of its own; those of other images are left out."""
    mine = masks[masks.image_id.isin(cohort.images.image_id)].reset_index(drop=True)
    if mine.empty:
        raise DataError(f"None of the masks is of an image of cohort '{cohort.name}'. Expected the same image ids.")
    covered = cohort.images.image_id.isin(mine.image_id).sum()
    note = f"Masks are given for {covered:,} of {len(cohort):,} images."
    return replace(cohort, masks=mine, notes=(*cohort.notes, note))
