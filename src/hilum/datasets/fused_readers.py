"""Boxes of several readers as one truth."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.schema import Boxes
from hilum.schema.boxes import EDGES, overlaps

SAME = 0.4  # overlap (IoU) above which two readers mean the same place; the challenge's own hit


def fused_readers(
    boxes: Boxes, readers: "pd.Series[int]", note: Callable[[str], None], *, majority: bool, same: float = SAME
) -> Boxes:
    """Boxes of one finding by different readers that lie over each other become their mean.

    On each image the largest box begins a group; each next one joins the group whose mean it overlaps most, by more
    than `same`, where its reader has no box in it yet, or begins its own.

    Args:
        boxes: with a column `reader`.
        readers: how many read each image, by image id.
        note: is told what was fused and left out.
        majority: keep only what more than half of the image's readers drew; else all.
        same: intersection over union.

    Returns:
        `image_id`, `finding`, `x0 y0 x1 y1`, and `readers`: how many drew each.
    """
    table = boxes.table
    rows = []
    for (image_id, finding), held in table.groupby(["image_id", "finding"], sort=False):
        corners = held[EDGES].to_numpy(np.float64)
        for group in _groups(corners, held.reader.astype("str").tolist(), same):
            rows.append((image_id, finding, *corners[group].mean(axis=0), len(group)))
    fused = pd.DataFrame(rows, columns=["image_id", "finding", *EDGES, "readers"])
    note(f"{len(table):,} boxes of readers are fused to {len(fused):,}, where they overlap by more than {same}.")
    if majority:
        kept = fused[fused.readers > fused.image_id.map(readers) / 2]
        note(f"{len(kept):,} of them were drawn by more than half of the image's readers and are kept.")
        fused = kept
    return Boxes(fused)


def _groups(corners: NDArray[np.float64], readers: list[str], same: float) -> list[list[int]]:
    """Which boxes mean the same place."""
    groups: list[list[int]] = []
    areas = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    for place in np.argsort(-areas, kind="stable"):
        means = np.array([corners[group].mean(axis=0) for group in groups]).reshape(-1, 4)
        shared = overlaps(corners[place][None], means)[0] if groups else np.empty(0)
        free = [readers[place] not in {readers[one] for one in group} for group in groups]
        shared = np.where(free, shared, 0.0) if groups else shared
        best = int(shared.argmax()) if groups else -1
        if groups and shared[best] > same:
            groups[best].append(int(place))
        else:
            groups.append([int(place)])
    return groups
