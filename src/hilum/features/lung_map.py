"""Where the lungs lie, as a small map: one half of an attention map."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import cv2
import numpy as np
from pydantic import Field

from hilum.features.alone import alone
from hilum.features.by_image import Setup, View, about, by_image
from hilum.features.zones import atlas
from hilum.registry import register
from hilum.schema import Cohort, Features

FINE = 8  # pixels a cell's side while lungs are drawn


def map_columns(side: int) -> list[str]:
    """The names of a map's cells, row by row.

    >>> map_columns(2)
    ['cell_00_00', 'cell_00_01', 'cell_01_00', 'cell_01_01']
    """
    return [f"cell_{row:02}_{column:02}" for row in range(side) for column in range(side)]


@register
@alone
def lung_map(
    cohort: Cohort,
    *,
    side: Annotated[int, Field(ge=4, le=64)] = 28,
    lungs: Literal["masks", "atlas"] = "masks",
    work: Path | None = None,
) -> Features:
    """The share of each cell of a square grid that lies inside the lungs, in [0, 1].

    Columns `cell_<row>_<column>`, from the top left of the image.

    Args:
        cohort: the images with their files, and masks of the lungs.
        side: cells a side.
        lungs: `masks`, or `atlas` for two ellipses that are the same for every image: a stand-in where no masks are.
        work: where finished parts are kept; filled by Hilum.
    """
    made_of: dict[str, Any] = {"lung_map": [side, lungs]}
    columns = about(map_columns(side), "share inside the lungs", "lung masks" if lungs == "masks" else "atlas")
    setup = Setup(side * FINE, lungs=lungs == "masks")
    return by_image(cohort, partial(covered, side=side), columns, setup, made_of=made_of, work=work)


def covered(view: View, side: int) -> dict[str, float]:
    """The cells of one image, by column."""
    inside = (atlas(view.pixels.shape[0]) if view.lungs is None else view.lungs).both
    cells = cv2.resize(inside.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
    return dict(zip(map_columns(side), cells.ravel().tolist(), strict=True))
