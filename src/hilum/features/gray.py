"""How bright the image and its zones are, and how their gray values are spread."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.stats import entropy, skew

from hilum.features.alone import alone
from hilum.features.by_image import Place, Setup, View, about, by_image
from hilum.features.controls import Control
from hilum.features.zones import ZONES, grid_of, zones_of
from hilum.registry import register
from hilum.schema import Cohort, Column, Features

Statistic = Literal["mean", "std", "skew", "p05", "p50", "p95", "entropy"]
ALL: tuple[Statistic, ...] = ("mean", "std", "skew", "p05", "p50", "p95", "entropy")
UNITS = {"skew": "1", "entropy": "bits"}
WHOLE = "image"


@register
@alone
def gray(
    cohort: Cohort,
    *,
    statistics: tuple[Statistic, ...] = ALL,
    zones: Literal["lungs", "grid", "none"] = "grid",
    size: Annotated[int, Field(ge=32, le=1024)] = 224,
    control: Control = "none",
    work: Path | None = None,
) -> Features:
    """Statistics of the gray values of the whole image and of its six zones.

    Columns `gray_<where>_<statistic>`; gray values in [0, 1], 1 = white.

    Args:
        cohort: the images with their files.
        statistics: which of them.
        zones: `lungs` (thirds of each lung, from the cohort's masks), `grid` (six fixed cells) or `none` (the whole
            image alone: with `statistics: [mean]` its brightness and nothing else).
        size: side of the square that is looked at, in pixels.
        control: what is hidden before: `lungs_removed`, `lungs_only`, `other_lungs`, `border` or `brightness`.
        work: where finished parts are kept; filled by Hilum.
    """
    made_of: dict[str, Any] = {"gray": [list(statistics), zones, size, control]}
    where = (WHOLE,) if zones == "none" else (WHOLE, *ZONES)
    columns: dict[str, Column] = {}
    for statistic in statistics:
        names = [f"gray_{place}_{statistic}" for place in where]
        columns |= about(names, UNITS.get(statistic, "share of white"), f"{size} px, {zones}, control {control}")
    setup = Setup(size, lungs=zones == "lungs", control=control)
    measure = partial(described, statistics=tuple(statistics), zones=zones)
    return by_image(cohort, measure, columns, setup, made_of=made_of, work=work)


def described(view: View, statistics: tuple[Statistic, ...], zones: Place | Literal["none"]) -> dict[str, float]:
    """The statistics of one image, by column."""
    places = {WHOLE: np.ones(view.pixels.shape, bool)}
    if zones != "none":
        places |= grid_of(view.pixels.shape[0]) if view.lungs is None else zones_of(view.lungs)
    found = {}
    for name, inside in places.items():
        values = view.pixels[inside]
        for statistic in statistics:
            found[f"gray_{name}_{statistic}"] = _statistic(values, statistic) if len(values) else np.nan
    return found


def _statistic(values: NDArray[np.uint8], statistic: Statistic) -> float:
    if statistic == "entropy":
        return float(entropy(np.bincount(values, minlength=256), base=2))
    scaled = values / 255.0
    if statistic == "skew":
        return float(skew(scaled)) if np.ptp(values) else 0.0
    if statistic in ("mean", "std"):
        return float(scaled.mean() if statistic == "mean" else scaled.std())
    return float(np.percentile(scaled, int(statistic[1:])))
