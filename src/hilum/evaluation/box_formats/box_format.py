"""What a format of boxes is, and what every reader of one refuses."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hilum.schema import Boxes, BoxPredictions, Cohort, DataError, Header
from hilum.schema.boxes import EDGES
from hilum.schema.errors import listed
from hilum.schema.numbers import as_numbers


@dataclass(frozen=True)
class BoxFormat:
    """How boxes of one kind of file are read and written.

    Args:
        suffix: of its files.
        fits: whether a file with this suffix is one, from the names of its columns or keys.
        read: from a file to predictions, in the ids that stand there.
        write: predictions to a file; the cohort tells the images' sizes and files, where one is given.
        names_images: whether a file names every image that was read, also those without a box.
    """

    suffix: str
    fits: Callable[[Path], bool]
    read: Callable[[Path], BoxPredictions]
    write: Callable[[BoxPredictions, Path, Cohort | None], None]
    names_images: Callable[[Path], bool]


def checked(path: Path, table: pd.DataFrame, image_ids: Iterable[str]) -> BoxPredictions:
    """Boxes as they stand in a file, as predictions.

    Refused, with their rows: edges and scores that are no finite numbers, swapped corners and boxes without area,
    scores outside [0, 1]. Boxes that reach over the upper or left edge are cut there, those wholly beyond are left
    out; both are counted in the provenance. What is wrong only beside a cohort (the other edges, unknown images and
    findings, a box that stands twice) is counted when they are evaluated.

    Args:
        path: the file, for messages and the provenance.
        table: `image_id`, `finding`, `x0 y0 x1 y1`, `score`; further columns are dropped.
        image_ids: those that were read.
    """
    held = table[["image_id", "finding", *EDGES, "score"]].reset_index(drop=True)
    for column in (*EDGES, "score"):
        numbers, _ = as_numbers(held[column])
        _refuse(path, held, numbers.isna(), f"have a {column} that is no number", "numbers in every row")
        held[column] = numbers
    _refuse(path, held, held.finding.isna(), "name no finding", "one for every box")
    empty = (held.x1 <= held.x0) | (held.y1 <= held.y0)
    _refuse(path, held, empty, "have no area or swapped corners", "x0 < x1 and y0 < y1, in original pixels")
    _refuse(path, held, (held.score < 0) | (held.score > 1), "have a score outside [0, 1]", "probabilities")
    beyond = (held.x1 <= 0) | (held.y1 <= 0)
    cut = ((held.x0 < 0) | (held.y0 < 0)) & ~beyond
    held[["x0", "y0"]] = np.maximum(held[["x0", "y0"]], 0)
    provenance: dict[str, Any] = {
        "predictions": path.name,
        "boxes_cut": int(cut.sum()),
        "boxes_beyond": int(beyond.sum()),
    }
    try:
        return BoxPredictions(Boxes(held[~beyond]), Header(tuple(dict.fromkeys(image_ids)), provenance))
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def _refuse(path: Path, table: pd.DataFrame, bad: "pd.Series[bool]", fault: str, expected: str) -> None:
    if bad.any():
        rows = [f"{table.image_id[row]} (box {row + 1})" for row in np.flatnonzero(bad)]
        raise DataError(f"{path}: {int(bad.sum()):,} boxes {fault}: {listed(rows)}. Expected {expected}.")
