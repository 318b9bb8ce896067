"""Files that are on the disk when a function returns, also after a power cut."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def place(temporary: Path, target: Path) -> bool:
    """Put a file in its place for good; False, and nothing changed, when another stands there.

    The name is made by a link, which the file system refuses when it is taken: two that arrive at once cannot
    overwrite each other.
    """
    sync(temporary)
    make_folder(target.parent)
    try:
        os.link(temporary, target)
    except FileExistsError:
        return False
    sync(target.parent)
    temporary.unlink()
    return True


def make_folder(folder: Path) -> None:
    """Make a folder, and its name last."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        sync(folder.parent)
