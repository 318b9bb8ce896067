"""Masks matched: how many pixels a predicted region shares with the true one, counted once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.metrics.sums import Values
from hilum.schema import DataError
from hilum.schema.errors import listed


@dataclass(frozen=True)
class MaskMatch:
    """Pixels of one structure on N images.

    Args:
        shared: (N,) pixels inside both regions.
        predicted: (N,) pixels inside the predicted region.
        actual: (N,) pixels inside the true one.
        rows: (N,) which of the images of the replicates each is.
    """

    shared: Values
    predicted: Values
    actual: Values
    rows: NDArray[np.intp]


def match_masks(
    image_ids: Iterable[str], predicted: Mapping[str, NDArray[np.bool_]], actual: Mapping[str, NDArray[np.bool_]]
) -> MaskMatch:
    """Count the pixels of each image's two regions.

    Args:
        image_ids: the N images, in the order of the replicates; those without a true mask are left out.
        predicted: image id -> (H, W), true inside; an image without one has an empty region.
        actual: image id -> (H, W), true inside.

    Raises:
        DataError: when the two are of different sizes, or none of the images has a true mask.
    """
    ids = list(image_ids)
    rows = [row for row, image_id in enumerate(ids) if image_id in actual]
    if not rows:
        raise DataError(f"None of the images {listed(ids, 2)} has a true mask. Expected masks under the same ids.")
    counts = [_counts(ids[row], predicted.get(ids[row]), actual[ids[row]]) for row in rows]
    shared, inside, true = np.array(counts, dtype=np.float64).T
    return MaskMatch(shared, inside, true, np.array(rows, dtype=np.intp))


def _counts(image_id: str, predicted: NDArray[np.bool_] | None, actual: NDArray[np.bool_]) -> tuple[int, int, int]:
    """Pixels in both, in the predicted, in the true region."""
    true = np.asarray(actual, dtype=bool)
    drawn = np.zeros_like(true) if predicted is None else np.asarray(predicted, dtype=bool)
    if drawn.shape != true.shape:
        raise DataError(
            f"{image_id}: a predicted mask of {drawn.shape} pixels beside a true one of {true.shape}. "
            "Expected both in the original image's pixels (rows, columns)."
        )
    return int((drawn & true).sum()), int(drawn.sum()), int(true.sum())
