"""Histograms of oriented gradients: which way edges run, cell by cell."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from hilum.features.alone import alone
from hilum.features.by_image import Setup, View, about, by_image
from hilum.features.controls import Control
from hilum.registry import register
from hilum.schema import Cohort, Features


@register
@alone
def hog(
    cohort: Cohort,
    *,
    cells: Annotated[int, Field(ge=2, le=32)] = 6,
    block: Annotated[int, Field(ge=1, le=4)] = 2,
    orientations: Annotated[int, Field(ge=2, le=36)] = 9,
    size: Annotated[int, Field(ge=32, le=1024)] = 224,
    control: Control = "none",
    work: Path | None = None,
) -> Features:
    """Histograms of oriented gradients on a grid of cells, each block of cells brought to one length (L2-Hys).

    Columns `hog_<number>`, in scikit-image's order: row and column of the block, row and column of the cell in it,
    orientation.

    Args:
        cohort: the images with their files.
        cells: a side.
        block: cells a side of a block that is normalized together.
        orientations: bins over 180 degrees.
        size: side of the square that is looked at, in pixels.
        control: what is hidden before: `lungs_removed`, `lungs_only`, `other_lungs`, `border` or `brightness`.
        work: where finished parts are kept; filled by Hilum.

    Source: Dalal & Triggs 2005, CVPR; computed by scikit-image.
    """
    block = min(block, cells)
    made_of: dict[str, Any] = {"hog": [cells, block, orientations, size, control]}
    count = (cells - block + 1) ** 2 * block**2 * orientations
    columns = about(
        [f"hog_{place:04}" for place in range(count)],
        "share of its block's gradient",
        f"HOG of scikit-image, {size} px, {cells} cells a side, {orientations} orientations, control {control}",
    )
    measure = partial(gradients, cells=cells, block=block, orientations=orientations)
    setup = Setup(size, lungs=False, control=control)
    return by_image(cohort, measure, columns, setup, made_of=made_of, work=work)


def gradients(view: View, cells: int, block: int, orientations: int) -> dict[str, float]:
    """The histograms of one image, by column."""
    from skimage.feature import hog as histograms

    side = view.pixels.shape[0] // cells
    inner = np.ascontiguousarray(view.pixels[: side * cells, : side * cells])
    values = histograms(inner, orientations, (side, side), (block, block))
    return {f"hog_{place:04}": float(value) for place, value in enumerate(values)}
