"""Columns that are measured on each image by itself: through the engine, in bounded memory, and kept on the way."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.engine import map_rows
from hilum.engine.parts import Parts
from hilum.features.controls import NEEDS_LUNGS, Control, masks_of_others, under_control
from hilum.features.lungs import Lungs, draw_lungs, masks_of
from hilum.images import Preprocess, read_image
from hilum.images.store_build import file_state
from hilum.schema import Cohort, Column, DataError, Features

Pixels = NDArray[np.uint8]
Place = Literal["lungs", "grid"]
FEW = 64  # images that are done sooner than worker processes start


@dataclass(frozen=True)
class View:
    """One image as it is measured.

    Args:
        pixels: (s, s).
        lungs: on the same square; None where they are not asked for.
        original: on the image's own pixels, where lengths and areas are true.
    """

    pixels: Pixels
    lungs: Lungs | None
    original: Lungs | None


Measure = Callable[[View], Mapping[str, float]]


@dataclass(frozen=True)
class Setup:
    """How images come to be measured.

    Args:
        size: side of the square that is looked at, in pixels.
        lungs: whether the lungs are needed; an image without plausible ones then has no values.
        control: what is hidden before (`hilum.features.controls`).
    """

    size: int
    lungs: bool
    control: Control = "none"


def by_image(
    cohort: Cohort,
    measure: Measure,
    columns: Mapping[str, Column],
    setup: Setup,
    *,
    made_of: Any,
    work: Path | None,
) -> Features:
    """Measure every image of a cohort.

    Args:
        cohort: the images, with their masks where lungs are needed.
        measure: an importable function of a `View`, or a `partial` of one.
        columns: what it gives, in order.
        setup: how images come to be measured.
        made_of: JSON values that decide what is measured: the set's name and settings.
        work: a folder in which finished parts are kept, so that work that is cut off goes on; None for none.

    Returns:
        One row an image, in order; NaN where an image could not be read or has no plausible lungs, with the reason
        among `failures`.

    Raises:
        DataError: when lungs are needed and no image has a mask of them.
    """
    needs = setup.lungs or setup.control in NEEDS_LUNGS
    masks = (masks_of_others(cohort) if setup.control == "other_lungs" else masks_of(cohort)) if needs else {}
    if needs and not masks:
        raise DataError(
            f"Cohort '{cohort.name}' has no lung masks ({made_of}). Expected masks of left lung and right lung: give "
            "them with --masks, or zones: grid."
        )
    rows = cohort.images[["image_id", "path"]].assign(masks=cohort.images.image_id.map(masks))
    states = [list(file_state(path)) for path in rows.path]
    parts = Parts(
        work, {"of": made_of, "images": [rows.image_id.tolist(), states, [masks.get(name) for name in rows.image_id]]}
    )
    todo = parts.rest(rows)
    work_of = partial(measured, measure=measure, setup=setup, needs=needs)
    parts.keep(_rows(todo, work_of, list(columns)))
    table = parts.whole(rows.image_id)
    failures = table.set_index("image_id").failure.dropna() if "failure" in table else pd.Series(dtype=object)
    table = table.reindex(columns=["image_id", *columns])
    return Features(table, columns, {str(name): str(why) for name, why in failures.items()})


def _rows(
    todo: pd.DataFrame, function: Callable[[dict[str, Any]], dict[str, Any]], columns: list[str]
) -> Iterator[dict[str, Any]]:
    if todo.empty:
        return
    nothing = dict.fromkeys(columns, np.float32(np.nan))
    workers = 0 if len(todo) <= FEW else None
    for outcome in map_rows(function, todo, workers=workers):
        image_id = str(todo.image_id.iat[outcome.row])
        yield {"image_id": image_id, **nothing, **(outcome.value or {}), "failure": outcome.failure}


def measured(row: dict[str, Any], measure: Measure, setup: Setup, needs: bool) -> dict[str, Any]:
    """What is measured on one row's image."""
    if not isinstance(row["path"], str):
        raise DataError("No file is known for it. Expected a path.")
    gray = read_image(row["path"]).pixels_8bit
    square = Preprocess(size=setup.size)
    original = draw_lungs(row["masks"] if isinstance(row["masks"], list) else [], *gray.shape) if needs else None
    lungs = None if original is None else Lungs(_shrunk(original.left, square), _shrunk(original.right, square))
    pixels = under_control(square.shrink(gray), None if lungs is None else lungs.both, setup.control)
    values = measure(View(pixels, lungs if setup.lungs else None, original if setup.lungs else None))
    return {name: np.float32(value) for name, value in values.items()}


def _shrunk(mask: NDArray[np.bool_], square: Preprocess) -> NDArray[np.bool_]:
    return square.shrink(mask.astype(np.uint8) * 255) > 127


def about(names: list[str], unit: str, made_of: str) -> dict[str, Column]:
    """The same unit and source for several columns."""
    return dict.fromkeys(names, Column(unit, made_of))
