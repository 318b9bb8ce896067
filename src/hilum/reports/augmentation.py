"""The augmentation page: what a recipe makes of images before a network sees them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.reports.page import render
from hilum.reports.shown_image import shown_image

WIDEST = 360  # pixels of a picture: several stand side by side


@dataclass(frozen=True)
class Square:
    """A square as a network sees it, but for the normalization.

    Args:
        pixels: (h, w) in [0, 1].
        labels: what it teaches, in words; empty where nothing changed.
        boxes: `x0 y0 x1 y1` in its pixels; None for none.
    """

    pixels: NDArray[np.float32]
    labels: str = ""
    boxes: pd.DataFrame | None = None


@dataclass(frozen=True)
class Drawn:
    """An image as it is and as it was drawn."""

    image_id: str
    original: Square
    draws: Sequence[Square]


@dataclass(frozen=True)
class Step:
    """One transform alone.

    Args:
        name: as in the recipe.
        meaning: what it does, one line.
        settings: name, value, meaning.
        drawn: an image, and the draws that differ most from it and from each other.
    """

    name: str
    meaning: str
    settings: Sequence[tuple[str, str, str]]
    drawn: Drawn


@dataclass(frozen=True)
class Shown:
    """All that the page shows.

    Args:
        recipe: its name.
        dataset: where the images come from.
        size: side of a square in pixels.
        images: with draws of the whole recipe.
        steps: each alone.
        tried: how many draws those of a step were chosen from.
        notes: sentences above the images.
    """

    recipe: str
    dataset: str
    size: int
    images: Sequence[Drawn]
    steps: Sequence[Step]
    tried: int
    notes: Sequence[str] = field(default_factory=tuple)


def augmentation_page(shown: Shown) -> str:
    """What a recipe's augmentation does to images, as one HTML file."""
    values = {
        "shown": shown,
        "rows": [_row(drawn) for drawn in shown.images],
        "steps": [{"step": step, "row": _row(step.drawn)} for step in shown.steps],
    }
    return render("augmentation.html", kind="augmentation", title=f"Augmentation of {shown.recipe}", values=values)


def _row(drawn: Drawn) -> dict[str, Any]:
    return {
        "image_id": drawn.image_id,
        "squares": [
            {"view": shown_image(square.pixels, boxes=square.boxes, width=WIDEST), "labels": square.labels}
            for square in (drawn.original, *drawn.draws)
        ],
    }
