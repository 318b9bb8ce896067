"""Masks matched: how many pixels a predicted region shares with the true one and how far outlines lie, counted once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.matching.surfaces import Surfaces, surfaces
from hilum.evaluation.metrics.sums import Values
from hilum.schema import DataError
from hilum.schema.errors import listed

NOBODY: Mapping[str, tuple[float, float]] = {}
TOLERANCE_MM, TOLERANCE_PIXELS = 2.0, 3.0
EMPTY = np.empty(0)


@dataclass(frozen=True)
class MaskMatch:
    """Pixels of one structure on N images, and the distances of their outlines.

    Args:
        shared: (N,) pixels inside both regions.
        predicted: (N,) pixels inside the predicted region.
        actual: (N,) pixels inside the true one.
        rows: (N,) which of the images of the replicates each is.
        hausdorff_95: (N,) 95th percentile of distances; nan where a region is empty, as of the two below.
        distance: (N,) mean distance of the outlines.
        within: (N,) share of the outlines that lies within the tolerance of the other.
        unit: of distances, `mm` or `pixels`.
        tolerance: in that unit.
    """

    shared: Values
    predicted: Values
    actual: Values
    rows: NDArray[np.intp]
    hausdorff_95: Values = field(default_factory=lambda: EMPTY)
    distance: Values = field(default_factory=lambda: EMPTY)
    within: Values = field(default_factory=lambda: EMPTY)
    unit: str = "pixels"
    tolerance: float = TOLERANCE_PIXELS


def match_masks(
    image_ids: Iterable[str],
    predicted: Mapping[str, NDArray[np.bool_]],
    actual: Mapping[str, NDArray[np.bool_]],
    *,
    spacing_mm: Mapping[str, tuple[float, float]] = NOBODY,
    outlines: bool = True,
) -> MaskMatch:
    """Count the pixels of each image's two regions, and measure how far their outlines lie from each other.

    Distances are in millimeters where the spacing of every image is known, else in pixels; the tolerance of the surface
    Dice is 2 mm or 3 pixels.

    Args:
        image_ids: the N images, in the order of the replicates; those without a true mask are left out.
        predicted: image id -> (H, W), true inside; an image without one has an empty region.
        actual: image id -> (H, W), true inside.
        spacing_mm: image id -> millimeters from one row, and from one column, to the next.
        outlines: False where distances are not asked for.

    Raises:
        DataError: when the two are of different sizes, or none of the images has a true mask.
    """
    ids = list(image_ids)
    rows = [row for row, image_id in enumerate(ids) if image_id in actual]
    in_mm = bool(rows) and all(ids[row] in spacing_mm for row in rows)
    tolerance = TOLERANCE_MM if in_mm else TOLERANCE_PIXELS
    counts, distances, kept = [], [], []
    for row in rows:
        try:
            true = np.asarray(actual[ids[row]], dtype=bool)
        except KeyError:  # outlined, but not as this structure alone
            continue
        drawn = _drawn(ids[row], predicted.get(ids[row]), true)
        kept.append(row)
        counts.append((int((drawn & true).sum()), int(drawn.sum()), int(true.sum())))
        if outlines:
            spacing = spacing_mm[ids[row]] if in_mm else (1.0, 1.0)
            distances.append(surfaces(drawn, true, spacing, tolerance))
    if not kept:
        raise DataError(f"None of the images {listed(ids, 2)} has a true mask. Expected masks under the same ids.")
    shared, inside, true_inside = np.array(counts, dtype=np.float64).T
    unit = "mm" if in_mm else "pixels"
    places = np.array(kept, dtype=np.intp)
    return MaskMatch(shared, inside, true_inside, places, *_columns(distances), unit=unit, tolerance=tolerance)


def _columns(distances: list[Surfaces]) -> tuple[Values, Values, Values]:
    table = np.array([(one.hausdorff_95, one.mean, one.within) for one in distances], np.float64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _drawn(image_id: str, predicted: NDArray[np.bool_] | None, true: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The predicted region, empty where there is none."""
    drawn = np.zeros_like(true) if predicted is None else np.asarray(predicted, dtype=bool)
    if drawn.shape != true.shape:
        raise DataError(
            f"{image_id}: a predicted mask of {drawn.shape} pixels beside a true one of {true.shape}. "
            "Expected both in the original image's pixels (rows, columns)."
        )
    return drawn
