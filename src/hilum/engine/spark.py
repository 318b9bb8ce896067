"""Map over rows on a Spark cluster: the same outcomes, in the same order, as on this machine."""

import os
import pickle
import re
import sys
import warnings
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from hilum.engine.outcome import Outcome, RowFunction, attempt
from hilum.engine.worker import ONE_THREAD
from hilum.schema import DependencyError, HilumError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Batch = list[tuple[int, bytes]]
ROWS_IN_A_TASK = 32
MOST_IN_A_JOB = 2048
JOBS_AHEAD = 2  # the cluster works on the next one while this process takes in the last
QUESTIONS = pa.schema([("row", pa.int64()), ("values", pa.binary())])
ANSWERS = "row long, outcome binary"


def map_spark(function: RowFunction, rows: pd.DataFrame, *, retries: int) -> Iterator[Outcome]:
    """Outcomes in order; see `hilum.engine.map_rows`.

    The session is the active one, or one made from what `spark-submit` and the environment say. Rows go out in jobs of
    a few for each core of the cluster, two jobs at a time, so the driver holds few outcomes. Spark itself repeats what
    a lost machine had in its hands. A job that fails for good is halved until the row that breaks it stands alone.
    """
    return _map(_session(), function, rows, retries)


def _map(session: "SparkSession", function: RowFunction, rows: pd.DataFrame, retries: int) -> Iterator[Outcome]:
    waiting: deque[Future[list[Outcome]]] = deque()
    pool = ThreadPoolExecutor(JOBS_AHEAD)
    start = 0
    try:
        while start < len(rows):
            # Asked each time: executors come and go while the work is under way.
            size = min(MOST_IN_A_JOB, ROWS_IN_A_TASK * session.sparkContext.defaultParallelism)
            records = rows.iloc[start : start + size].to_dict("records")
            batch = list(enumerate(map(pickle.dumps, records), start))
            asked = _asked(session, function, batch, retries)
            waiting.append(pool.submit(_answered, session, function, batch, retries, asked))
            start += size
            if len(waiting) >= JOBS_AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _session() -> "SparkSession":
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # as in _asked
            from pyspark.sql import SparkSession
    except ImportError as error:
        raise DependencyError(
            "The engine 'spark' needs PySpark, which is not installed. Install it with pip install 'hilum[spark]', or "
            "use engine 'local'."
        ) from error
    # Without a word on the workers' Python it is this one: the first `python3` on a path rarely knows Hilum.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        return SparkSession.getActiveSession() or _builder(SparkSession.builder).getOrCreate()
    except Exception as error:  # pyspark's own, raised before a session exists: no Java, no master
        raise DependencyError(
            f"Spark does not start ({_cause(error)}). Expected a Java runtime of version 17 or later on the PATH, "
            "and a master that can be reached; or use engine 'local'."
        ) from error


def _builder(builder: Any) -> Any:
    """A session as spark-submit and the environment configure it, with one thread for each task's core."""
    for name, value in ONE_THREAD.items():
        builder = builder.config(f"spark.executorEnv.{name}", value)
    return builder.appName("hilum")


def _asked(session: "SparkSession", function: RowFunction, batch: Batch, retries: int) -> "DataFrame":
    """The work as a plan: nothing is done before it is collected."""

    def answer(tables: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for table in tables:
            outcomes = [
                attempt(function, asked["row"], pickle.loads(asked["values"]), retries) for asked in table.to_pylist()
            ]
            held = [pickle.dumps((outcome.value, outcome.failure)) for outcome in outcomes]
            yield pa.RecordBatch.from_pydict({"row": [outcome.row for outcome in outcomes], "outcome": held})

    questions = pa.Table.from_pylist([{"row": row, "values": values} for row, values in batch], QUESTIONS)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", FutureWarning
        )  # it has not been tried with pandas 3, of which nothing is used here
        return session.createDataFrame(questions).mapInArrow(answer, ANSWERS)


def _answered(
    session: "SparkSession", function: RowFunction, batch: Batch, retries: int, asked: "DataFrame"
) -> list[Outcome]:
    """One Spark job; when it fails for good, its halves, down to the single row."""
    try:
        answers = asked.toArrow().sort_by("row").to_pylist()
    except Exception as error:
        if session.sparkContext._jsc is None or session.sparkContext._jsc.sc().isStopped():
            raise HilumError("The Spark session ended before the work was done. Start it again: it goes on.") from error
        if len(batch) == 1:
            return [Outcome(batch[0][0], None, f"Spark gave this row up: {_cause(error)}")]
        middle = len(batch) // 2
        halves = ((half, _asked(session, function, half, retries)) for half in (batch[:middle], batch[middle:]))
        return [one for half, plan in halves for one in _answered(session, function, half, retries, plan)]
    return [Outcome(answer["row"], *pickle.loads(answer["outcome"])) for answer in answers]


def _cause(error: Exception) -> str:
    """What happened, out of a Java trace: what the last task failed of, or the first line."""
    task = re.search(r"most recent failure: [^\n]*?\): ([^\n]+)", str(error))
    return task[1] if task else (str(error).strip().splitlines() or [type(error).__name__])[0]
