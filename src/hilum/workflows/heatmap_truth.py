"""Where findings truly lie: regions that owners outline, else boxes; what heatmaps are scored against."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.datasets.fused_readers import fused_readers
from hilum.evaluation.localization import inside
from hilum.images.mask_tables import of_structure, rows_by_image, said
from hilum.images.masks import resized
from hilum.schema import Boxes, Cohort, DataError, Explanation, Findings
from hilum.schema.boxes import EDGES
from hilum.schema.findings import key


@dataclass(frozen=True)
class Truth:
    """Where one finding lies on one image, in the heatmap's pixels.

    Args:
        region: (H, W) true inside: as outlined, or all boxes together.
        boxes: (N, 4) x0 y0 x1 y1, N at least 1: as drawn, or around the region's connected parts.
    """

    region: NDArray[np.bool_]
    boxes: NDArray[np.float64]


@dataclass(frozen=True)
class Truths:
    """Where findings lie on the images of a cohort, laid out when it is asked for.

    Args:
        cohort: with boxes, masks, or both.
    """

    cohort: Cohort

    def of(self, one: Explanation) -> Truth | None:
        """Of an explanation's finding on its image; None where the owner shows no place."""
        height, width = one.shape
        rows = self._masks.get(one.image_id, {})
        if said(rows, one.finding):
            mask = of_structure(rows, one.finding, self._canvas(one.image_id, (height, width)))
            region = None if mask is None else resized(mask, height, width, name=f"{one.image_id}, {one.finding}")
            if region is not None and region.any():
                return Truth(region, around(region))
        boxes = self.cohort.boxes_on(one.image_id, width=width, height=height)
        same = np.array([key(name) == key(one.finding) for name in boxes.finding], bool)
        own = boxes[EDGES].to_numpy(np.float64)[same]
        return Truth(inside(own, (height, width)), own) if len(own) else None

    @cached_property
    def _masks(self) -> dict[str, dict[str, list[Any]]]:
        return rows_by_image(self.cohort)

    def _canvas(self, image_id: str, shape: tuple[int, int]) -> tuple[int, int]:
        """Height and width on which run lengths count: the image's as published; the heatmap's where not known."""
        image = self.cohort.images[self.cohort.images.image_id == image_id].iloc[0]
        known = np.isfinite([image.height, image.width]).all()
        return (int(image.height), int(image.width)) if known else shape


def with_truth(cohort: Cohort, findings: Findings) -> Cohort:
    """The images with a file and a true box or outlined region of one of these findings.

    Boxes without a finding are left out, and boxes of several readers become their means, both said in the notes.

    Raises:
        DataError: when no image has one.
    """
    cohort = _one_truth(_named(cohort))
    boxes, masks = _places(cohort)
    if not len(boxes) + len(masks):
        raise DataError(
            f"{cohort.name}: no image has a true box or outline, so that no heatmap can be scored. Expected boxes or "
            "masks of findings."
        )
    there = pd.concat([boxes, masks])
    known = {name for name in there.finding.unique() if findings.find(str(name)) is not None}
    ids = set(there.image_id[there.finding.isin(known)])
    keep = cohort.images.image_id.isin(ids) & cohort.images.path.notna()
    if not keep.any():
        raise DataError(
            f"{cohort.name}: no image at hand has a true box or outline of {', '.join(findings)}. Expected images with "
            f"such; the cohort's are of {', '.join(sorted(map(str, there.finding.unique()))) or 'nothing'}."
        )
    return cohort.where(keep, "True box or outline of one of the Run's findings, and image file present")


def pairs_without(cohort: Cohort, findings: Findings, scored: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Pairs of image and finding that are labeled absent, and how many are labeled present but show no place.

    Args:
        cohort: all images of which predictions speak.
        findings: of the scored pairs.
        scored: `image_id` and `finding` of pairs whose place is known.
    """
    labels = cohort.labels_for(findings)
    rows, columns = np.nonzero(labels == 0)
    absent = pd.DataFrame({
        "image_id": cohort.images.image_id.to_numpy()[rows], "finding": np.array(list(findings), object)[columns]
    })  # fmt: skip
    placed = set(zip(scored.image_id, scored.finding, strict=True))
    clear = [pair not in placed for pair in zip(absent.image_id, absent.finding, strict=True)]
    ids = cohort.images.image_id.to_numpy()
    present = [(ids[row], findings[column]) for row, column in zip(*np.nonzero(labels == 1), strict=True)]
    return absent[clear].reset_index(drop=True), sum(pair not in placed for pair in present)


def around(region: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(N, 4) x0 y0 x1 y1 of the boxes around the connected parts of a region.

    >>> around(np.array([[1, 1, 0, 0], [0, 0, 0, 1]], bool)).tolist()
    [[0.0, 0.0, 2.0, 1.0], [3.0, 1.0, 4.0, 2.0]]
    """
    _, _, found, _ = cv2.connectedComponentsWithStats(region.astype(np.uint8), connectivity=8)
    left, top, width, height = (found[1:, place].astype(np.float64) for place in range(4))
    return np.stack([left, top, left + width, top + height], axis=1)


def _named(cohort: Cohort) -> Cohort:
    """The cohort without boxes that name no finding."""
    nameless = 0 if cohort.boxes is None else int(cohort.boxes.table.finding.isna().sum())
    if cohort.boxes is None or not nameless:
        return cohort
    note = f"Boxes that name no finding: {nameless:,} of {len(cohort.boxes):,} left out."
    return replace(cohort, boxes=Boxes(cohort.boxes.table.dropna(subset="finding")), notes=(*cohort.notes, note))


def _one_truth(cohort: Cohort) -> Cohort:
    """The cohort with the means of boxes that several readers drew of the same place."""
    if cohort.boxes is None or "reader" not in cohort.boxes.table:
        return cohort
    notes: list[str] = []
    images = cohort.images.set_index("image_id")
    readers = images.get("readers", pd.Series(1, images.index))
    boxes = fused_readers(cohort.boxes, readers, notes.append, majority=False)
    return replace(cohort, boxes=boxes, notes=(*cohort.notes, *notes))


def _places(cohort: Cohort) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`image_id` and `finding` of each true box, and of each outline."""
    empty = pd.DataFrame(columns=["image_id", "finding"], dtype="str")
    boxes = empty if cohort.boxes is None else cohort.boxes.table[["image_id", "finding"]]
    if cohort.masks is None:
        return boxes, empty
    return boxes, cohort.masks[["image_id", "structure"]].rename(columns={"structure": "finding"})
