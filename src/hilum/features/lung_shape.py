"""How large the lungs are and how they are formed, from their masks."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hilum.features.alone import alone
from hilum.features.by_image import Setup, View, about, by_image
from hilum.registry import register
from hilum.schema import Cohort, Column, Features

SIDES = ("right", "left")
UNITS = {
    "area": "share of the image",
    "height": "share of the image's height",
    "width": "share of the image's height",
    "top": "share of the image's height",
    "solidity": "share of the convex hull",
    "eccentricity": "1",
    "extent": "share of the bounding box",
    "tilt": "degrees",
}


@register
@alone
def lung_shape(cohort: Cohort, *, work: Path | None = None) -> Features:
    """Size and form of each lung, and how the two compare; nothing of an image without plausible masks.

    Columns `shape_<side>_<measure>` and `shape_area_ratio` (the smaller lung's area over the larger's),
    `shape_span` (from the outer edge of one lung to that of the other). Lengths are shares of the image's height, both
    across and down, as pixels are square.

    Args:
        cohort: the images with their files and masks of left and right lung, or both in one.
        work: where finished parts are kept; filled by Hilum.
    """
    columns: dict[str, Column] = {}
    for side in SIDES:
        for name, unit in UNITS.items():
            columns |= about([f"shape_{side}_{name}"], unit, "lung masks, regionprops of scikit-image")
    columns |= about(["shape_area_ratio"], "1", "lung masks")
    columns |= about(["shape_span"], "share of the image's height", "lung masks")
    return by_image(cohort, formed, columns, Setup(32, lungs=True), made_of={"lung_shape": 1}, work=work)


def formed(view: View) -> dict[str, float]:
    """The measures of one image, by column."""
    assert view.original is not None
    lungs = {"right": view.original.right, "left": view.original.left}
    found: dict[str, float] = {}
    for side, mask in lungs.items():
        found |= {f"shape_{side}_{name}": value for name, value in _measures(mask).items()}
    areas = sorted(float(mask.sum()) for mask in lungs.values())
    columns = np.flatnonzero(view.original.both.any(axis=0))
    found["shape_area_ratio"] = areas[0] / areas[1]
    found["shape_span"] = (columns[-1] + 1 - columns[0]) / view.original.left.shape[0]
    return found


def _measures(mask: NDArray[np.bool_]) -> dict[str, float]:
    from skimage.measure import regionprops

    (region,) = regionprops(mask.astype(np.uint8))  # type: ignore[no-untyped-call]
    top, left, bottom, right = region.bbox
    height = mask.shape[0]
    return {
        "area": float(mask.mean()),
        "height": (bottom - top) / height,
        "width": (right - left) / height,
        "top": top / height,
        "solidity": float(region.solidity),
        "eccentricity": float(region.eccentricity),
        "extent": float(region.extent),
        "tilt": float(np.degrees(region.orientation)),
    }
