"""Where the files of published weights lie on this machine: in a package, in the cache, or in their owner's folder."""

import os
from pathlib import Path

from hilum.models.published.weights import Weights


def cache() -> Path:
    """The folder of fetched weights: `$HILUM_CACHE`, else `hilum` in `$XDG_CACHE_HOME` or `~/.cache`."""
    own = os.environ.get("HILUM_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hilum"


def place_of(weights: Weights) -> Path:
    """Where Hilum keeps the file, and looks for it first."""
    return cache() / "weights" / weights.source / weights.name / weights.file


def at_hand(weights: Weights) -> Path | None:
    """The file on this machine; None where it is not."""
    if weights.inside is not None:
        return weights.inside
    beside = (place for folder in weights.elsewhere for place in sorted(Path.home().glob(f"{folder}/{weights.file}")))
    return next((place for place in (place_of(weights), *beside) if place.is_file()), None)
