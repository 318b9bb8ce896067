"""Where a Run comes from: versions, commit, machine."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("hilum", "torch", "timm", "lightning-fabric", "numpy", "pandas", "opencv-python-headless", "pydicom")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that numbers depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found


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
