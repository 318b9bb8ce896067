"""One function for bulk work: map over the rows of a table, here or on a cluster, with the same outcomes."""

from collections.abc import Iterator

import pandas as pd

from hilum.engine.local import map_local
from hilum.engine.outcome import Outcome, RowFunction
from hilum.engine.progress import progress
from hilum.schema import ConfigError

ENGINES = ("local", "spark")


def map_rows(
    function: RowFunction,
    rows: pd.DataFrame,
    *,
    engine: str = "local",
    workers: int | None = None,
    what: str | None = "images",
    retries: int = 0,
) -> Iterator[Outcome]:
    """Call `function` on every row and give the outcomes in the order of the rows.

    An exception fails its own row and no other. A worker process that dies costs nothing but time: the rows it held
    are done again, each alone, and only a row on which a process dies twice is kept as failed. Few outcomes wait in
    memory at any time, however many rows there are.

    Args:
        function: takes a row as a dict of column to value, returns a dict; importable by name (no lambda).
        rows: the table.
        engine: `local` (processes of this machine) or `spark` (a cluster; needs the extra `hilum[spark]`).
        workers: how many processes; None for all cores, 0 to work in this very process. On Spark the cluster decides.
        what: the rows' name in the progress line on stderr; None for no line.
        retries: how often a row that failed is tried again, for files on a network that stumbles.

    Returns:
        Outcomes, one a row, in order.

    >>> from operator import itemgetter
    >>> [o.failure for o in map_rows(itemgetter("path"), pd.DataFrame({"id": [1]}), workers=0, what=None)]
    ["KeyError: 'path'"]
    """
    if engine not in ENGINES:
        raise ConfigError(f"There is no engine '{engine}'. Expected one of: {', '.join(ENGINES)}.")
    if engine == "spark":
        from hilum.engine.spark import map_spark

        outcomes = map_spark(function, rows, retries=retries)
    else:
        outcomes = map_local(function, rows, workers=workers, retries=retries)
    return outcomes if what is None else progress(outcomes, total=len(rows), what=what)
