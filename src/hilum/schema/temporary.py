"""The temporary file beside a target, and what to do with one that a killed process left behind.

A file is written under `.writing-NAME` while a lock is held on it. The lock goes with its process, so a file without
one is a leftover: the next writer of the same target uses it again, and `remove_leftovers` takes the rest away.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".writing-"
TRIES = 3  # another writer can rename the file away between opening and locking it


@contextmanager
def temporary_beside(target: Path) -> Iterator[Path]:
    """Yield the path of an empty file in the target's folder with the target's ending; it is gone after the block.

    Two writers of one target at once get two files.
    """
    handle, path = _open(target)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
        if handle is not None:
            os.close(handle)


def remove_leftovers(folder: Path) -> int:
    """Remove the temporary files of killed processes from a folder and those below it; how many there were."""
    if sys.platform == "win32":  # no such locks there, so nobody knows whether the writer still lives
        return 0
    removed = 0
    for path in list(folder.rglob(f"{PREFIX}*")):
        handle = _locked(path)
        if handle is not None:
            path.unlink(missing_ok=True)
            os.close(handle)
            removed += 1
    return removed


def _open(target: Path) -> tuple[int | None, Path]:
    """A locked file of the usual name; one of a name of its own when another writer has that, or without locks."""
    path = target.parent / f"{PREFIX}{target.name}"
    for _ in range(TRIES if sys.platform != "win32" else 0):
        handle = _locked(path)
        if handle is not None:
            os.truncate(handle, 0)
            return handle, path
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=PREFIX, suffix=f"-{target.name}")
    os.close(handle)
    return _locked(Path(name)) if sys.platform != "win32" else None, Path(name)


def _locked(path: Path) -> int | None:
    """A handle that holds the lock on the file of this path, made when missing; None when another holds it."""
    import fcntl

    handle = None
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(handle), path.stat()):
            return handle
    except OSError:  # locked, renamed or owned by another, or a file system without locks
        pass
    if handle is not None:
        os.close(handle)
    return None
