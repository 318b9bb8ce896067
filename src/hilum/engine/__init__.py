"""Map a function over rows: on this machine's cores, or on Spark; progress, failures kept per row."""

from hilum.engine.map import map_rows
from hilum.engine.outcome import Outcome
from hilum.engine.progress import progress

__all__ = ["Outcome", "map_rows", "progress"]
