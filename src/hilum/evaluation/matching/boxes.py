"""Boxes matched: which predicted box found which true one, decided once, the surest box choosing first."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.evaluation.metrics.sums import Values
from hilum.schema import Boxes, BoxPredictions, ConfigError, DataError
from hilum.schema.boxes import EDGES
from hilum.schema.errors import listed
from hilum.schema.findings import key


@dataclass(frozen=True)
class BoxMatch:
    """Predicted boxes of one finding beside the true ones, on N images, at one threshold of overlap.

    Args:
        image: (M,) which of the N images each predicted box is on.
        score: (M,) of each predicted box.
        found: (M,) whether it found a true box that no surer one had found.
        actual: (N,) true boxes of each image.
        rows: (N,) which of the images of the replicates each is.
        iou: intersection over union from which on a box counts as found.
    """

    image: NDArray[np.intp]
    score: Values
    found: NDArray[np.bool_]
    actual: Values
    rows: NDArray[np.intp]
    iou: float


def match_boxes(predictions: BoxPredictions, truth: Boxes, finding: str, *, iou: float = 0.4) -> BoxMatch:
    """Match greedily by score, image by image: each box takes the true box it overlaps most, of those not yet taken.

    Args:
        predictions: boxes with scores; the images are those of its header, in order.
        truth: the true boxes of these images; an image without any has none.
        finding: only boxes of this one; synonyms are one.
        iou: intersection over union that is enough.

    Raises:
        DataError: when the truth holds boxes of images that were not read.

    Source: Everingham et al. 2010, The PASCAL visual object classes challenge, IJCV 88:303-338.
    """
    if not 0 < iou <= 1:
        raise ConfigError(f"An overlap (IoU) of {iou} was asked for. Expected a number above 0 and at most 1.")
    place = {image_id: row for row, image_id in enumerate(predictions.header.image_ids)}
    drawn, true = (_of(table, finding) for table in (predictions.boxes.table, truth.table))
    strange = sorted(set(true.image_id) - set(place))
    if strange:
        raise DataError(
            f"True boxes lie on {len(strange)} images without predictions: {listed(strange)}. "
            "Expected the boxes of the predicted images: choose them with `boxes.among(image_ids)`."
        )
    found = np.zeros(len(drawn), dtype=bool)
    corners = {str(name): rows[EDGES].to_numpy() for name, rows in true.groupby("image_id")}
    for name, rows in drawn.reset_index(drop=True).groupby("image_id"):
        if str(name) in corners:
            order = rows.index.to_numpy()[np.argsort(-rows.score.to_numpy(), kind="stable")]
            found[order] = _greedy(drawn[EDGES].to_numpy()[order], corners[str(name)], iou)
    actual = np.bincount([place[name] for name in true.image_id], minlength=len(place)).astype(np.float64)
    image = np.array([place[name] for name in drawn.image_id], dtype=np.intp)
    return BoxMatch(image, drawn.score.to_numpy(np.float64), found, actual, np.arange(len(place)), iou)


def overlaps(first: Values, second: Values) -> Values:
    """(M, N) intersection over union of (M, 4) and (N, 4) boxes `x0 y0 x1 y1`.

    >>> overlaps(np.array([[0.0, 0, 2, 2]]), np.array([[1.0, 0, 3, 2], [5, 5, 6, 6]])).round(3).tolist()
    [[0.333, 0.0]]
    """
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (first, second)]
    return np.asarray(shared / (areas[0][:, None] + areas[1][None] - shared))


def _of(table: pd.DataFrame, finding: str) -> pd.DataFrame:
    """The boxes of one finding, under whatever synonym."""
    same = {name: key(name) == key(finding) for name in table.finding.unique()}
    return table[table.finding.map(same).astype(bool)]


def _greedy(drawn: Values, true: Values, iou: float) -> NDArray[np.bool_]:
    """(M,) whether each of the boxes, surest first, finds a true one that is still free."""
    shared = overlaps(drawn, true)
    found = np.zeros(len(drawn), dtype=bool)
    for row, overlap in enumerate(shared):
        best = int(overlap.argmax())
        if overlap[best] >= iou:
            found[row] = True
            shared[:, best] = -1.0
    return found
