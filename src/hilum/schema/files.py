"""A file that is whole or absent: written beside its place, then renamed into it."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it into place when the block ends well.

    A reader sees the old file or the new one, never half of one, also when the process is killed on the way.
    The folder is made when it is missing.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=target.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)  # mkstemp gives 0600; a written file should be readable like any other
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


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
