"""Where a Run comes from: versions, commit, machine."""

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("hilum", "torch", "timm", "lightning-fabric", "numpy", "pandas", "opencv-python-headless", "pydicom")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that numbers depend on."""
    return {"python": platform.python_version(), **{package: _version(package) for package in PACKAGES}}


@cache  # it does not change while a process runs, and parsing it costs milliseconds
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def commit() -> str | None:
    """The git commit of Hilum's source when it runs from a checkout, with `+` when files were changed since."""
    source = Path(__file__).parent
    try:
        head = _git("rev-parse", "--short=12", "HEAD", at=source)
        return head + ("+" if _git("status", "--porcelain", "--", str(source.parent), at=source) else "")
    except (OSError, subprocess.SubprocessError):
        return None


def host() -> dict[str, str | int]:
    """The machine's kind, without its name."""
    return {"system": platform.system(), "architecture": platform.machine(), "cores": os.cpu_count() or 1}


def _git(*arguments: str, at: Path) -> str:
    done = subprocess.run(["git", *arguments], cwd=at, capture_output=True, text=True, check=True, timeout=10)
    return done.stdout.strip()
