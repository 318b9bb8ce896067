"""The writing side of a store: what is in it, and how more is added so that a kill costs nothing but time.

Pixels are appended and synced first, then the index that names them is replaced as one file. After a `kill -9` at any
moment the index speaks only of pixels that are there; on resumption what lies behind its last row is cut off, and the
images it does not name are read again. No image is lost, none stands there twice, and the finished store has the same
bytes as one that was never interrupted.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd

from hilum.images.preprocess import Preprocess
from hilum.images.store import ABOUT, INDEX, PIXELS, VERSION, read_about
from hilum.schema import DataError
from hilum.schema.files import check_out_folder, replacing, write_json, writing
from hilum.schema.temporary import remove_leftovers

IMAGES_IN_A_COMMIT = 1000
ABSENT = (-1, -1)  # bytes and modified_ns of a file that is not there
UNKNOWN = {"bytes": -2, "modified_ns": -2}  # equals no state of a file: a failure with it is tried again
EMPTY = {"sha256": None, "width": -1, "height": -1, "failure": None} | UNKNOWN
COLUMNS = {
    "image_id": "str", "row": "int64", "sha256": "str", "width": "int64", "height": "int64", "failure": "str",
    "bytes": "int64", "modified_ns": "int64",
}  # fmt: skip


class Ledger:
    """The index of a store, and the only hand that adds to it. Used as a context, it commits at the end."""

    def __init__(self, folder: Path, index: pd.DataFrame, image_bytes: int) -> None:
        self.folder, self.index = folder, index
        self._image_bytes = image_bytes
        self._rows = int((index.row >= 0).sum())
        self._new: list[dict[str, Any]] = []

    @classmethod
    def open(cls, folder: Path, name: str, preprocess: Preprocess) -> "Ledger":
        """Begin a store in this folder, or go on with the one that is there after checking that it is the same."""
        if (folder / ABOUT).is_file():
            _check_same(folder, preprocess)
        elif (folder / PIXELS).exists() or (folder / INDEX).exists():
            raise DataError(f"{folder}: holds {PIXELS} or {INDEX} but no {ABOUT}. Expected a store or an empty folder.")
        else:
            kept = preprocess.model_dump(exclude={"channels", "normalization"})
            write_json(folder / ABOUT, {"version": VERSION, "name": name, "preprocess": kept})
        remove_leftovers(folder)
        known = pd.read_parquet(folder / INDEX) if (folder / INDEX).is_file() else pd.DataFrame(columns=list(COLUMNS))
        return cls(folder, known.astype(COLUMNS), preprocess.size**2)

    def __enter__(self) -> "Ledger":
        committed = self._rows * self._image_bytes
        with writing(self.folder / PIXELS):
            self._pixels = (self.folder / PIXELS).open("r+b" if (self.folder / PIXELS).exists() else "x+b")
        length = self._pixels.seek(0, os.SEEK_END)
        if length < committed:
            self._pixels.close()
            raise DataError(
                f"{self.folder / PIXELS}: shorter than {INDEX} says. Expected at least {committed:,} bytes; delete the "
                "folder and build the store again."
            )
        if length > committed:
            self._pixels.truncate(committed)
            self._pixels.seek(committed)
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self.commit()
        finally:
            with suppress(OSError):  # on a full disk, closing tries once more to write what did not fit
                self._pixels.close()

    def append(self, image_id: str, entry: dict[str, Any]) -> None:
        """Add one image: its `pixels`, or its `failure`; committed with the next thousand."""
        pixels = entry.pop("pixels", None)
        row = -1
        if pixels is not None:
            with writing(self.folder / PIXELS):
                self._pixels.write(pixels)
            row, self._rows = self._rows, self._rows + 1
        self._new.append({"image_id": image_id, "row": row} | EMPTY | entry)
        if len(self._new) >= IMAGES_IN_A_COMMIT:
            self.commit()

    def commit(self) -> None:
        """Make what was added last: first the pixels, then the index that names them."""
        if not self._new and (self.folder / INDEX).exists():
            return
        with writing(self.folder / PIXELS):
            self._pixels.flush()
            os.fsync(self._pixels.fileno())
        added = pd.DataFrame(self._new, columns=list(COLUMNS)).astype(COLUMNS)
        kept = self.index[~self.index.image_id.isin(added.image_id)]  # an image that failed before has a new entry
        self.index = pd.concat([kept, added], ignore_index=True)
        self._new = []
        with replacing(self.folder / INDEX) as temporary:
            self.index.to_parquet(temporary, index=False)
            with temporary.open("rb") as written:
                os.fsync(written.fileno())


@contextmanager
def locked(folder: Path, doing: str = "builds this store") -> Iterator[None]:
    """Hold the folder for this process; a second builder waits until the first has finished, then finds its work done.

    The lock goes with the process, so a killed builder leaves none behind.

    Raises:
        DataError: when the folder cannot be made or written to.
    """
    with writing(check_out_folder(folder)):
        folder.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":  # no such locks there: two builders at once are the caller's to avoid
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{folder}: another process {doing}; waiting for it.", file=sys.stderr, flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _check_same(folder: Path, preprocess: Preprocess) -> None:
    held = Preprocess.model_validate(read_about(folder)["preprocess"])
    if held.hash != preprocess.hash:
        ours, theirs = preprocess.model_dump(), held.model_dump()
        other = [f"{key} {theirs[key]} instead of {ours[key]}" for key in ours if theirs[key] != ours[key]]
        raise DataError(
            f"{folder}: a store of another Preprocess ({', '.join(other)}). Expected the one that its name's hash "
            "stands for; give another folder or restore the folder's own name."
        )
