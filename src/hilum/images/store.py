"""Store: shrunken images, packed on disk, memory-mapped. Reading one costs a copy, not a decoding.

A store is a folder `NAME-HASH` (HASH of its Preprocess) of three files:

    pixels.u8        (N, size, size) uint8, one image after the other, nothing else
    index.parquet    one row an image: image_id, row (-1 when it failed), sha256 of the file, width and height in
                     original pixels, failure (the reason), bytes and modified_ns of the file
    store.json       name, format version and Preprocess
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError

from hilum.images.preprocess import Preprocess
from hilum.schema import DataError
from hilum.schema.errors import listed

PIXELS, INDEX, ABOUT = "pixels.u8", "index.parquet", "store.json"
VERSION = 1


@dataclass(frozen=True)
class Store:
    """The images of one source under one Preprocess; open it with `Store.open`.

    Args:
        folder: where it lies.
        name: of the source, as in `nih14`.
        preprocess: what its images went through.
        index: one row an image: `image_id`, `row` (-1 when it failed), `sha256`, `width`, `height`, `failure`, …
    """

    folder: Path
    name: str
    preprocess: Preprocess
    index: pd.DataFrame = field(repr=False)

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> "Store":
        """Open a store that `build_store` wrote, also one whose building was cut off: it holds what was committed."""
        folder = Path(folder)
        about = read_about(folder)
        try:
            preprocess = Preprocess.model_validate(about["preprocess"])
            index = pd.read_parquet(folder / INDEX)
        except (ValidationError, KeyError, OSError, ValueError) as error:
            raise DataError(
                f"{folder}: a broken store ({type(error).__name__}). Expected {PIXELS}, {INDEX} and {ABOUT} as "
                "`hilum store` writes them; delete the folder and build it again."
            ) from error
        store = cls(folder, str(about["name"]), preprocess, index)
        held, needed = (folder / PIXELS).stat().st_size if (folder / PIXELS).is_file() else 0, store._bytes
        if held < needed:
            raise DataError(
                f"{folder / PIXELS}: {held:,} bytes for {len(store):,} images. Expected {needed:,}: the store was cut "
                "off while it was copied; copy it again or build it again."
            )
        return store

    def __len__(self) -> int:
        return int((self.index.row >= 0).sum())

    @property
    def failures(self) -> pd.DataFrame:
        """`image_id` and `failure` of the images that could not be read."""
        return self.index.loc[self.index.row < 0, ["image_id", "failure"]].reset_index(drop=True)

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """(N, size, size) uint8, memory-mapped: only what is looked at is read."""
        size = self.preprocess.size
        if not len(self):
            return np.zeros((0, size, size), np.uint8)
        return np.memmap(self.folder / PIXELS, np.uint8, mode="r", shape=(len(self), size, size))

    def rows(self, image_ids: "Iterable[str] | pd.Series[str]") -> NDArray[np.int64]:
        """The rows in `pixels` of these images, in their order; -1 for an image that is not there or failed."""
        found = self._row_of.reindex(pd.Series(image_ids, dtype="str"), fill_value=-1)
        return np.asarray(found, np.int64)

    def gather(self, rows: NDArray[np.integer]) -> NDArray[np.uint8]:
        """(B, size, size) uint8: the images at these rows, in any order, copied.

        Raises:
            DataError: when a row is -1 or beyond the store.
        """
        rows = np.asarray(rows)
        outside = (rows < 0) | (rows >= len(self))
        if outside.any():
            raise DataError(
                f"{self.folder}: rows {listed(rows[outside])} were asked for. Expected 0 to {len(self) - 1}; leave out "
                "images whose row is -1, they are not in the store."
            )
        batch: NDArray[np.uint8] = self.pixels[rows]
        return batch

    @cached_property
    def _row_of(self) -> "pd.Series[int]":
        return self.index.set_index("image_id").row

    @property
    def _bytes(self) -> int:
        return len(self) * self.preprocess.size**2


def store_folder(folder: str | os.PathLike[str], name: str, preprocess: Preprocess) -> Path:
    """Where the store of this source under this Preprocess lies: found again by the hash in its name."""
    return Path(folder) / f"{name}-{preprocess.hash}"


def read_about(folder: Path) -> dict[str, Any]:
    """What store.json says; a DataError when there is none or another version of Hilum wrote it."""
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{folder}: no store ({ABOUT} cannot be read). Build one with `hilum store`.") from error
    if not isinstance(about, dict) or about.get("version") != VERSION:
        raise DataError(
            f"{folder / ABOUT}: not a store of version {VERSION}. Build it again with `hilum store` into a new folder."
        )
    return about
