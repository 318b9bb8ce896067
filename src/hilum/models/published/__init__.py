"""The catalog of published weights, one file a source; a source's function gives its weights.

`hilum ls weights` shows it, `hilum import SOURCE:NAME` makes a Run of one. Nothing is fetched from here.
"""

import difflib
from collections.abc import Iterator
from dataclasses import replace

from hilum.models.published.weights import Weights
from hilum.registry import Registry
from hilum.schema.errors import ConfigError

sources = Registry("hilum.models.published", "weight source")


def catalog() -> Iterator[Weights]:
    """All published weights that are known here, source by source."""
    for source, function in sources.items():
        for weights in function():
            yield replace(weights, source=source)


def published(name: str) -> Weights:
    """The weights of a full name, as in `txrv:densenet121-res224-all`.

    Raises:
        ConfigError: when there are none, naming the nearest.
    """
    known = {weights.full_name: weights for weights in catalog()}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or list(known)[:3]
        raise ConfigError(f"There are no weights '{name}'. Nearest: {', '.join(near)}. All: `hilum ls weights`.")
    return known[name]


__all__ = ["Weights", "catalog", "published", "sources"]
