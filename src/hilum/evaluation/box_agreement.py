"""How far readers who drew boxes on the same images agree."""

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from hilum.evaluation.bootstrap import draw
from hilum.evaluation.metrics.sums import Weights, ratio
from hilum.schema import Cohort, DataError
from hilum.schema.boxes import EDGES, overlaps


def box_agreement(cohort: Cohort, *, iou: float = 0.4, replicates: int = 1000, seed: int = 0) -> pd.DataFrame:
    """For each finding, how far two readers of an image agree on its boxes: F1 of the one against the other.

    Over all pairs of an image's readers: twice the boxes that both drew, over the boxes that either drew. A reader who
    drew none of a finding disagrees with all who did; images on which no reader drew one say nothing.

    Args:
        cohort: with boxes by `reader`, and a column `readers` (how many read each image), as `vindr_cxr` gives it.
        iou: intersection over union from which two boxes mean the same place; each box has at most one partner.
        replicates: of the bootstrap over patients.
        seed: of the bootstrap.

    Returns:
        A row a finding: `finding`, `images` (with a box of it), `boxes`, `agreement` in [0, 1], and its 95 % interval,
        `low` and `high`. Findings of which no image with two readers bears a box are left out.

    Raises:
        DataError: when the cohort does not say who drew its boxes, or how many read each image.
    """
    if cohort.boxes is None or "reader" not in cohort.boxes.table or "readers" not in cohort.images:
        raise DataError(
            f"Cohort '{cohort.name}' does not say who drew its boxes. Expected boxes with a reader, and images with "
            "the number of their readers."
        )
    draws = draw(cohort.images.patient_id, replicates=replicates, seed=seed, method="percentile")
    place = {name: row for row, name in enumerate(cohort.images.image_id)}
    readers = cohort.images.readers.to_numpy(np.float64)
    weights = Weights(draws.weights.astype(np.float64, order="C"), draws.patient)
    rows = []
    for finding, held in cohort.boxes.table.groupby("finding", sort=False):
        both, either = np.zeros(len(cohort)), np.zeros(len(cohort))
        for image_id, boxes in held.groupby("image_id"):
            row = place[str(image_id)]
            either[row] = len(boxes) * (readers[row] - 1)  # each box stands in as many pairs of readers
            both[row] = 2 * _shared(boxes, iou)
        if either.any():
            values = ratio(weights.total(both), weights.total(either))
            low, high = draws.interval(values)
            rows.append((finding, held.image_id.nunique(), len(held), float(values[0]), low, high))
    return pd.DataFrame(rows, columns=["finding", "images", "boxes", "agreement", "low", "high"])


def _shared(boxes: pd.DataFrame, iou: float) -> int:
    """Partners among an image's boxes, over all pairs of its readers."""
    corners = [held[EDGES].to_numpy(np.float64) for _, held in boxes.groupby("reader")]
    count = 0
    for place, first in enumerate(corners):
        for second in corners[place + 1 :]:
            near = overlaps(first, second) >= iou
            count += int(near[linear_sum_assignment(near, maximize=True)].sum())
    return count
