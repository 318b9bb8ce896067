"""True boxes of a cohort as what a detector learns: tables on the square, one an image."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from hilum.data import Targets
from hilum.data.outlines import COLUMNS, outline_rows
from hilum.images import Preprocess
from hilum.schema import Cohort, DataError, Findings
from hilum.schema.boxes import EDGES
from hilum.schema.errors import listed
from hilum.schema.findings import key
from hilum.schema.outlines import OUTLINES

SMALLEST = 1.0  # pixels of the square; what a crop or augmentation leaves of less is no box


# N images, K findings, n boxes of an image
def box_targets(cohort: Cohort, findings: Findings, preprocess: Preprocess) -> Targets:
    """What a cohort's boxes teach.

    Args:
        cohort: with boxes, in pixels of a canvas whose size stands beside each image.
        findings: which boxes; others are not looked at.
        preprocess: what made the square.

    Returns:
        `boxes`: N tables (n, 4) float32 x0 y0 x1 y1 on the square; `classes`: N tables (n,) int64; `labels` (N, K), 1
        where there is a box, and `weights`, ones; `whole` (N,), false where the label says that a finding is there, or
        may be, and no box says where. Where owners drew more than boxes, `outlines` too, of each image (P, 4) as
        `outline_rows` gives them.

    Raises:
        DataError: when the cohort has no boxes, or the size of an image with boxes is not known.
    """
    if cohort.boxes is None:
        raise DataError(f"Cohort '{cohort.name}' has no boxes. Expected a dataset with boxes, as rsna_pneumonia.")
    place = {key(name): number for number, name in enumerate(findings)}
    known = {name: place.get(key(name)) for name in cohort.boxes.table.finding.unique()}
    table = cohort.boxes.table.assign(number=cohort.boxes.table.finding.map(known))
    table = table[table.number.notna()]
    _check_sizes(cohort, set(table.image_id))
    groups = {str(image_id): rows for image_id, rows in table.groupby("image_id")}
    outlined = any(name in table for name in OUTLINES)
    boxes, classes, outlines = [], [], []
    columns = zip(cohort.images.image_id, cohort.images.height, cohort.images.width, strict=True)
    for image_id, height, width in columns:
        rows = groups.get(image_id)
        if rows is None:
            boxes.append(torch.zeros(0, 4))
            classes.append(torch.zeros(0, dtype=torch.long))
            outlines.append(torch.zeros(0, COLUMNS))
            continue
        moved = preprocess.boxes_from_original(rows[EDGES].to_numpy(), int(height), int(width))
        there = ((moved[:, 2:] - moved[:, :2]) >= SMALLEST).all(axis=1)
        boxes.append(torch.from_numpy(moved[there]).float())
        classes.append(torch.from_numpy(rows.number.to_numpy()[there].astype(np.int64)))
        if outlined:
            outlines.append(outline_rows(rows.iloc[np.flatnonzero(there)], int(height), int(width), preprocess))
    labels = torch.zeros(len(cohort), len(findings))
    for row, kinds in enumerate(classes):
        labels[row, kinds] = 1.0
    said = torch.from_numpy(cohort.labels_for(findings))
    whole = ~(((said == 1) | (said == -1)) & (labels == 0)).any(dim=1)
    found = {"boxes": boxes, "classes": classes, "labels": labels, "weights": torch.ones_like(labels), "whole": whole}
    return found | ({"outlines": outlines} if outlined else {})


def sizes(boxes: Sequence[Tensor]) -> str:
    """How wide and high boxes are, in words.

    >>> sizes([torch.tensor([[0.0, 0, 30, 40], [0, 0, 30, 40]])])
    '30 x 40 pixels (median), 9 in 10 of their sides from 30 to 40'
    """
    sides = torch.cat([table[:, 2:] - table[:, :2] for table in boxes])
    width, height = sides.median(dim=0).values.tolist()
    low, high = (float(sides.flatten().quantile(share)) for share in (0.05, 0.95))
    return f"{width:.0f} x {height:.0f} pixels (median), 9 in 10 of their sides from {low:.0f} to {high:.0f}"


def _check_sizes(cohort: Cohort, image_ids: set[str]) -> None:
    images = cohort.images[cohort.images.image_id.isin(image_ids)]
    unknown = images.image_id[images[["width", "height"]].isna().any(axis=1)]
    if len(unknown):
        raise DataError(
            f"Cohort '{cohort.name}': the size of {len(unknown):,} images with boxes is not known: {listed(unknown)}. "
            "Expected width and height of the canvas on which their boxes were drawn."
        )
