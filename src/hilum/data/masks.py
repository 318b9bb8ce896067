"""The true masks of a cohort as channels on the square that a model sees."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hilum.images import Preprocess
from hilum.images.mask_tables import canvases, of_structure, rows_by_image, said
from hilum.images.masks import on_square
from hilum.schema import Cohort

UNKNOWN = 255  # a pixel of which nobody says whether it is inside
MEMORY = 256 * 2**20  # bytes of packed masks that are kept, at most


# N images, S structures, h w the square
class MaskRows(Sequence[Tensor]):
    """The masks of a cohort's images as channels on the square, read when they are asked for and kept as bits.

    Args:
        cohort: whose masks.
        structures: the S channels, in order.
        preprocess: how images get onto the square.
    """

    def __init__(self, cohort: Cohort, structures: Sequence[str], preprocess: Preprocess) -> None:
        self.structures, self.preprocess = tuple(structures), preprocess
        own, sizes = rows_by_image(cohort), canvases(cohort)
        ids = cohort.images.image_id.tolist()
        self.rows = [own.get(image_id, {}) for image_id in ids]
        self.canvas = [sizes[image_id] for image_id in ids]
        self.kept: dict[int, NDArray[np.uint8]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: Any) -> Any:
        """(S, h, w) uint8: 1 inside, 0 outside, `UNKNOWN` throughout where the owner has no mask of a structure."""
        size, row = self.preprocess.size, int(place)
        if row not in self.kept:
            packed = np.packbits(self._drawn(row), axis=-1)
            if packed.nbytes * (len(self.kept) + 1) > MEMORY:
                return torch.from_numpy(self._unpacked(packed, size))
            self.kept[row] = packed
        return torch.from_numpy(self._unpacked(self.kept[row], size))

    def taken(self, rows: NDArray[np.intp]) -> "MaskRows":
        """Those of these images; nothing is read."""
        part = object.__new__(MaskRows)
        part.structures, part.preprocess, part.kept = self.structures, self.preprocess, {}
        part.rows, part.canvas = [self.rows[row] for row in rows], [self.canvas[row] for row in rows]
        return part

    def gathered(self, rows: NDArray[np.intp]) -> Tensor:
        """(B, S, h, w) uint8 of these images."""
        size = self.preprocess.size
        return (
            torch.stack([self[row] for row in rows]) if len(rows) else torch.empty(0, len(self.structures), size, size)
        )

    @cached_property
    def named(self) -> NDArray[np.bool_]:
        """(N, S), whether the owner outlines a structure on an image; asks no file."""
        return np.array([[said(rows, name) for name in self.structures] for rows in self.rows], bool)

    def _drawn(self, row: int) -> NDArray[np.bool_]:
        """(2 S, h, w): inside, then known, of each structure."""
        size = self.preprocess.size
        drawn = np.zeros((2 * len(self.structures), size, size), bool)
        for channel, name in enumerate(self.structures):
            mask = of_structure(self.rows[row], name, self.canvas[row]) if self.named[row, channel] else None
            if mask is not None:
                drawn[channel], drawn[len(self.structures) + channel] = on_square(mask, self.preprocess), True
        return drawn

    @staticmethod
    def _unpacked(packed: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
        inside, known = np.split(np.unpackbits(packed, axis=-1, count=size), 2)
        return np.where(known > 0, inside, np.uint8(UNKNOWN))
