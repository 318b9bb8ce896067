"""A file that is whole or absent: written beside its place, then renamed into it.

Where something is to be written can be asked before the work (`check_out_file`, `check_out_folder`); what the disk
refuses afterwards is a DataError that names the file.
"""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from hilum.schema.errors import DataError
from hilum.schema.temporary import temporary_beside

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FULL_IN_WORDS = ("No space left", "File too large", "PytorchStreamWriter failed", "unexpected pos")
CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}
OTHER_KIND = {errno.ENOTDIR, errno.EISDIR, errno.EEXIST}


def check_out_file(path: str | os.PathLike[str], suffixes: tuple[str, ...] = ()) -> Path:
    """The path, when a file can be written there; asked before the work, so that none is done in vain.

    Args:
        path: the file to be; its folder need not be there yet.
        suffixes: the endings that may be written, as in `(".csv", ".parquet")`; any when empty.

    Raises:
        DataError: when it is a folder, lies under a file, ends otherwise, or its folder must not be written to.
    """
    target = Path(path)
    with writing(target):
        _check_replaceable(target, _first(suffixes))
    if suffixes and target.suffix.lower() not in suffixes:
        raise DataError(
            f"{target}: ends in '{target.suffix}'. Expected {' or '.join(suffixes)}: give a name such as "
            f"{target.with_suffix(_first(suffixes))}."
        )
    check_out_folder(target.parent)
    return target


def check_out_folder(path: str | os.PathLike[str]) -> Path:
    """The path, when a folder is there that can be written to, or can be made there.

    Raises:
        DataError: when it is a file, lies under a file, or must not be written to.
    """
    target = Path(path)
    nearest = next((place for place in (target, *target.absolute().parents) if os.path.lexists(place)), target)
    if not nearest.is_dir():
        what = "is a file" if nearest == target else f"lies under {nearest}, which is no folder"
        raise DataError(f"{target}: {what}. Expected a folder to write to; give another path.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise DataError(f"{target}: {nearest} must not be written to. Give a folder of your own, or ask for the right.")
    return target


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it into place when the block ends well.

    A reader sees the old file or the new one, never half of one, also when the process is killed on the way. What a
    killed process left is used again by the next that writes the same file. The folder is made when it is missing.

    Raises:
        DataError: when it cannot be written: the disk is full, the folder closed, its path a file.
    """
    target = Path(path)
    with writing(target):
        _check_replaceable(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary_beside(target) as temporary:
            yield temporary
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)  # a temporary file has 0600; a written one should be readable like any
            temporary.replace(target)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into a DataError that names the file and what to do."""
    try:
        yield
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {_reason(error)}") from error
    except Exception as error:  # safetensors and torch have errors of their own for a full disk
        if any(words in str(error) for words in FULL_IN_WORDS):
            raise DataError(f"{path}: cannot be written: {_reason(OSError(errno.ENOSPC, ''))}") from error
        raise


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write UTF-8 text, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write JSON with two spaces of indent; NaN becomes null, as JSON has no NaN."""
    write_text(path, json.dumps(without_nan(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_table(path: str | os.PathLike[str], table: pd.DataFrame) -> None:
    """Write a Parquet table without its row index; `table.attrs` (JSON values) travel in the file's metadata."""
    with replacing(path) as temporary:
        table.to_parquet(temporary, index=False)


def write_csv(path: str | os.PathLike[str], table: pd.DataFrame) -> None:
    """Write a CSV table without its row index, whole or not at all."""
    write_text(path, table.to_csv(index=False, lineterminator="\n"))


def without_nan(value: Any) -> Any:
    """The same nested value with NaN and infinities as None and NumPy scalars as Python's.

    >>> without_nan({"value": float("nan"), "n": [1, 2.5]})
    {'value': None, 'n': [1, 2.5]}
    """
    if isinstance(value, dict):
        return {str(key): without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if isinstance(value, float) and not float("-inf") < value < float("inf"):
        return None
    return value


def _check_replaceable(target: Path, suffix: str = "") -> None:
    """Refuse a folder, and /dev/null and the like: a rename would put a file in their place."""
    if target.is_dir():
        name = f"out{suffix}"
        raise DataError(f"{target}: is a folder. Expected a file to write, such as {target / name}.")
    if target.exists() and not target.is_file():
        raise DataError(f"{target}: is no ordinary file. Expected a file to write; give another path.")


def _reason(error: OSError) -> str:
    """Why it was refused and what to do, in a sentence or two."""
    if error.errno in FULL:
        return (
            "the disk is full. Free some space or choose another place, then give the same command again (a training "
            "with --resume)."
        )
    if error.errno in CLOSED:
        return "it must not be written to. Give a folder of your own, or ask for the right."
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in OTHER_KIND:
        return f"a file stands where a folder should, or the other way round{where}. Give another path."
    return f"{error.strerror or error}{where}. Give another path, or see to the disk."


def _first(suffixes: tuple[str, ...]) -> str:
    return suffixes[0] if suffixes else ""
