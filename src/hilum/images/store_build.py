"""Build a Store: every image is read once, on all cores or on a cluster, and appended by this process alone."""

import hashlib
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hilum.engine import map_rows
from hilum.images.preprocess import Preprocess
from hilum.images.read import decode, is_remote, read_bytes
from hilum.images.store import Store, store_folder
from hilum.images.store_ledger import ABSENT, UNKNOWN, Ledger, locked
from hilum.schema import DataError, ImageError
from hilum.schema.errors import listed


def build_store(
    images: pd.DataFrame,
    preprocess: Preprocess,
    folder: str | os.PathLike[str],
    *,
    name: str,
    engine: str = "local",
    workers: int | None = None,
) -> Store:
    """Build the store of these images, or go on with it, or find it finished.

    Images that are in the store already are not read again; further ones are appended. An image that failed is tried
    again when its file has changed. An image that cannot be read is kept with the reason, and the rest goes on. The
    same images give the same bytes whatever the engine and the number of workers, and also after a `kill -9` on the
    way.

    Args:
        images: `image_id` (each once) and `path` (missing where there is no file; kept as a failure).
        preprocess: what an image goes through.
        folder: the store becomes `folder/NAME-HASH`.
        name: of the source, as in `nih14`.
        engine: `local` or `spark`.
        workers: processes of the local engine; None for all cores.

    Raises:
        DataError: when ids repeat, when the folder holds the store of something else, when an image that is in the
            store has another content by now, or when the disk is full: what was committed stays, and the same call
            goes on from there.
    """
    images = _checked(images)
    place = store_folder(folder, name, preprocess)
    with locked(place):
        ledger = Ledger.open(place, name, preprocess)
        todo = _todo(images, ledger, workers)
        with ledger:
            for outcome in map_rows(partial(shrink_image, preprocess=preprocess), todo, engine=engine, workers=workers):
                ledger.append(str(todo.image_id.iat[outcome.row]), outcome.value or {"failure": outcome.failure})
    return Store.open(place)


def shrink_image(row: dict[str, Any], preprocess: Preprocess) -> dict[str, Any]:
    """One image's entry of the store: `pixels` (bytes), or `failure`, and what the index keeps of the file."""
    size, modified = file_state(row["path"])
    entry = {"bytes": size, "modified_ns": modified}
    try:
        if not isinstance(row["path"], str):
            raise ImageError(f"{row['image_id']}: no file is known for it. Expected a path.")
        content = read_bytes(row["path"])
        image = decode(Path(row["path"]), content)
    except ImageError as error:
        again = UNKNOWN if is_remote(row["path"]) else {}  # it has no date by which to see that it changed
        return entry | again | {"failure": str(error)}
    height, width = image.gray.shape
    sha256 = hashlib.sha256(content).hexdigest()
    pixels = preprocess.shrink(image.pixels_8bit).tobytes()
    return entry | {"pixels": pixels, "sha256": sha256, "width": width, "height": height}


def shrink_for_each(row: dict[str, Any], preprocesses: Sequence[Preprocess]) -> dict[str, Any]:
    """One image, read once, for several models: `pixels` (bytes, one each), `width` and `height`, or `failure`."""
    try:
        if not isinstance(row["path"], str):
            raise ImageError(f"{row['image_id']}: no file is known for it. Expected a path.")
        image = decode(Path(row["path"]), read_bytes(row["path"]))
    except ImageError as error:
        return {"failure": str(error)}
    height, width = image.gray.shape
    pixels = [preprocess.shrink(image.pixels_8bit).tobytes() for preprocess in preprocesses]
    return {"pixels": pixels, "width": width, "height": height}


def file_state(path: object) -> tuple[int, int]:
    """Size in bytes and time of modification in ns; ABSENT where there is no file, or one in an object store.

    Objects are not asked for: a hundred thousand questions over the network would take longer than the answer is worth.
    """
    try:
        state = Path(path).stat() if isinstance(path, str) and not is_remote(path) else None
    except OSError:
        state = None
    return (state.st_size, state.st_mtime_ns) if state else ABSENT


def _checked(images: pd.DataFrame) -> pd.DataFrame:
    missing = [column for column in ("image_id", "path") if column not in images]
    if missing:
        raise DataError(f"A store needs the columns image_id and path; {', '.join(missing)} is missing.")
    chosen = images[["image_id", "path"]].reset_index(drop=True)
    twice = chosen.image_id[chosen.image_id.duplicated()]
    if len(twice):
        raise DataError(f"{len(twice)} image ids stand twice: {listed(twice)}. Expected one row an image.")
    return chosen.astype({"image_id": "str"})


def _todo(images: pd.DataFrame, ledger: Ledger, workers: int | None) -> pd.DataFrame:
    """The images to read: those that the store does not hold, and failed ones whose file has changed since."""
    known = images.merge(ledger.index, on="image_id")
    states = np.array([file_state(path) for path in known.path], np.int64).reshape(-1, 2)
    same = (states == known[["bytes", "modified_ns"]].to_numpy(np.int64)).all(axis=1)
    held = (known.row >= 0).to_numpy()
    # A file that is gone says nothing against the image that was read from it.
    suspect = held & ~same & (states != ABSENT).any(axis=1)
    _check_unchanged(known[suspect], ledger, workers)
    settled = known.image_id[held | same]
    return images[~images.image_id.isin(settled)].reset_index(drop=True)


def _check_unchanged(suspects: pd.DataFrame, ledger: Ledger, workers: int | None) -> None:
    """Refuse to go on when an image's file has another content than the one that was read; a new date alone is none."""
    outcomes = map_rows(digest, suspects[["path"]], workers=workers if len(suspects) > 100 else 0, what=None)
    now = [outcome.value["sha256"] if outcome.value else None for outcome in outcomes]
    changed = suspects.image_id[suspects.sha256.to_numpy() != np.array(now, object)]
    if len(changed):
        raise DataError(
            f"{ledger.folder}: the files of {len(changed)} images have changed since they were put into this store: "
            f"{listed(changed)}. Expected the same files; delete the folder to build the store anew, or give the new "
            "images another name."
        )


def digest(row: dict[str, Any]) -> dict[str, Any]:
    """The sha256 of a row's file."""
    return {"sha256": hashlib.sha256(read_bytes(row["path"])).hexdigest()}
