"""Local binary patterns: texture, as the share of each pattern of brighter and darker neighbors."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from hilum.features.alone import alone
from hilum.features.by_image import Place, Setup, View, about, by_image
from hilum.features.controls import Control
from hilum.features.zones import ZONES, grid_of, zones_of
from hilum.registry import register
from hilum.schema import Cohort, Features

NEIGHBORS = 8  # on the circle
PATTERNS = NEIGHBORS + 2  # uniform ones by how many neighbors are brighter, and all others in one


@register
@alone
def lbp(
    cohort: Cohort,
    *,
    radii: tuple[Annotated[int, Field(ge=1, le=32)], ...] = (1, 2, 3),
    zones: Place = "grid",
    size: Annotated[int, Field(ge=32, le=1024)] = 224,
    control: Control = "none",
    work: Path | None = None,
) -> Features:
    """Histograms of uniform local binary patterns, rotation-invariant, in six zones.

    Columns `lbp_r<radius>_<zone>_<pattern>`, shares of the zone's pixels: pattern n has n of 8 neighbors at least as
    bright as the pixel, all side by side (0 a bright spot, 8 a dark spot or flat ground, 4 an edge); pattern 9 is
    everything else.

    Args:
        cohort: the images with their files.
        radii: of the circles of neighbors, in pixels of the square.
        zones: `lungs` (thirds of each lung, from the cohort's masks) or `grid` (six fixed cells).
        size: side of the square that is looked at, in pixels.
        control: what is hidden before: `lungs_removed`, `lungs_only`, `other_lungs`, `border` or `brightness`.
        work: where finished parts are kept; filled by Hilum.

    Source: Ojala, Pietikäinen & Mäenpää 2002, IEEE TPAMI 24:971-987; computed by scikit-image.
    """
    made_of: dict[str, Any] = {"lbp": [list(radii), zones, size, control]}
    names = [f"lbp_r{radius}_{zone}_{pattern}" for radius in radii for zone in ZONES for pattern in range(PATTERNS)]
    columns = about(names, "share", f"uniform LBP of scikit-image, {size} px, {zones}, control {control}")
    setup = Setup(size, lungs=zones == "lungs", control=control)
    return by_image(cohort, partial(patterns, radii=tuple(radii)), columns, setup, made_of=made_of, work=work)


def patterns(view: View, radii: tuple[int, ...]) -> dict[str, float]:
    """The histograms of one image, by column."""
    from skimage.feature import local_binary_pattern

    zones = grid_of(view.pixels.shape[0]) if view.lungs is None else zones_of(view.lungs)
    found = {}
    for radius in radii:
        made = local_binary_pattern(view.pixels, NEIGHBORS, radius, method="uniform")  # type: ignore[no-untyped-call]
        codes = made.astype(np.intp)
        for zone, inside in zones.items():
            counts = np.bincount(codes[inside], minlength=PATTERNS)
            for pattern, share in enumerate(counts / max(1, counts.sum())):
                found[f"lbp_r{radius}_{zone}_{pattern}"] = float(share)
    return found
