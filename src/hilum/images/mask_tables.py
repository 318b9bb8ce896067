"""Tables of masks as regions: the true ones of a cohort and the predicted ones, read when they are asked for."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hilum.images.masks import region, resized, sides
from hilum.schema import Cohort, MaskPredictions
from hilum.schema.findings import key

LUNGS, RIGHT_LUNG, LEFT_LUNG = "lungs", "right_lung", "left_lung"
Rows = Mapping[str, Sequence[Any]]  # of an image, by structure: the rows of the table of masks
Region = NDArray[np.bool_]


class CohortMasks(Mapping[str, Region]):
    """The true regions of one structure by image id, read when they are asked for.

    Where an owner outlines both lungs as one, either lung is the part that lies on its side; where each on its own,
    `lungs` are both together.

    Args:
        cohort: whose masks.
        structure: which.
        sizes: image id -> (height, width) in which each is wanted; those of the masks themselves when left out.
    """

    def __init__(self, cohort: Cohort, structure: str, sizes: Mapping[str, tuple[int, int]] | None = None) -> None:
        self.cohort, self.structure, self.sizes = cohort, structure, sizes or {}

    def __getitem__(self, image_id: str) -> Region:
        mask = of_structure(self._rows[image_id], self.structure, self._canvas(image_id))
        if mask is None:
            raise KeyError(image_id)
        size = self.sizes.get(image_id)
        return mask if size is None else resized(mask, *size, name=f"{image_id}, {self.structure}")

    def __iter__(self) -> Iterator[str]:
        return (image_id for image_id, rows in self._rows.items() if said(rows, self.structure))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, image_id: object) -> bool:
        return image_id in self._rows and said(self._rows[str(image_id)], self.structure)

    @cached_property
    def _rows(self) -> dict[str, dict[str, list[Any]]]:
        return rows_by_image(self.cohort)

    def _canvas(self, image_id: str) -> tuple[int, int]:
        return self.sizes.get(image_id) or canvases(self.cohort)[image_id]


class PredictedMasks(Mapping[str, Region]):
    """The predicted regions of one structure by image id, in original pixels.

    Args:
        predictions: masks with `height` and `width` where they are run lengths.
        structure: which.
    """

    def __init__(self, predictions: MaskPredictions, structure: str) -> None:
        table = predictions.table
        same = {name: key(name) == key(structure) for name in table.structure.unique()}
        chosen = table[table.structure.map(same).astype(bool)]
        self.rows = {row.image_id: row for row in chosen.itertuples()}

    def __getitem__(self, image_id: str) -> Region:
        return region(self.rows[image_id], 0, 0)

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def predicted_sizes(predictions: MaskPredictions) -> dict[str, tuple[int, int]]:
    """Height and width, by image, of the canvas on which masks were predicted; without images that have none."""
    table = predictions.table
    if not {"height", "width"} <= set(table):
        return {}
    known = table.dropna(subset=["height", "width"]).drop_duplicates("image_id")
    sizes = known[["height", "width"]].astype(int).itertuples(index=False, name=None)
    return dict(zip(known.image_id, sizes, strict=True))


def rows_by_image(cohort: Cohort) -> dict[str, dict[str, list[Any]]]:
    """By image and structure the rows of the cohort's table of masks."""
    found: dict[str, dict[str, list[Any]]] = {}
    for row in () if cohort.masks is None else cohort.masks.itertuples():
        of_image = found.setdefault(str(row.image_id), {})
        of_image.setdefault(key(str(row.structure)), []).append(row)
    return found


def canvases(cohort: Cohort) -> dict[str, tuple[int, int]]:
    """By image the height and width that the table gives; 0 where it is silent."""
    sizes = cohort.images[["height", "width"]].fillna(0).astype(int)
    return dict(zip(cohort.images.image_id, sizes.itertuples(index=False, name=None), strict=True))


def said(rows: Rows, structure: str) -> bool:
    """Whether these masks of an image say where a structure lies."""
    names = [key(name) for name in (structure, LUNGS, RIGHT_LUNG, LEFT_LUNG)]
    side = names[0] in names[2:] and names[1] in rows
    both = names[0] == names[1] and all(name in rows for name in names[2:])
    return names[0] in rows or side or both


def of_structure(rows: Rows, structure: str, canvas: tuple[int, int]) -> Region | None:
    """The region of a structure; None where the lungs, outlined as one, do not fall into two."""
    if key(structure) in rows:
        return _union(rows[key(structure)], canvas)
    if key(structure) == key(LUNGS):
        return of_structure(rows, RIGHT_LUNG, canvas) | of_structure(rows, LEFT_LUNG, canvas)  # type: ignore[operator]
    parts = sides(_union(rows[key(LUNGS)], canvas))
    return None if parts is None else parts[key(structure) != key(RIGHT_LUNG)]


def _union(rows: Sequence[Any], canvas: tuple[int, int]) -> Region:
    """All regions of one structure together, as owners write several of one image."""
    parts = [region(row, *canvas) for row in rows]
    return np.logical_or.reduce(parts) if len(parts) > 1 else parts[0]
