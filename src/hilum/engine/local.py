"""Map over rows on this machine: a few processes, each fed by a thread, answers in order."""

import os
import pickle
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import pandas as pd

from hilum.engine.outcome import Outcome, RowFunction, attempt
from hilum.engine.worker import Batch, Died, Worker
from hilum.schema import ConfigError

MOST_IN_A_BATCH = 16
BATCHES_AHEAD = 2  # for each worker: one in its hands, one waiting


def map_local(function: RowFunction, rows: pd.DataFrame, *, workers: int | None, retries: int) -> Iterator[Outcome]:
    """Outcomes in order; see `hilum.engine.map_rows`."""
    workers = cores() if workers is None else workers
    if workers < 0:
        raise ConfigError(f"{workers} workers were asked for. Expected 0 (this process), 1 or more.")
    if workers == 0:
        return (attempt(function, row, values, retries) for batch in _batches(rows, 1) for row, values in batch)
    try:
        pickle.dumps(function)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ConfigError(
            f"{function!r} cannot be sent to another process ({error}). Expected a function of an importable module; "
            "use workers=0 to work in this process."
        ) from error
    return _map(function, rows, workers, retries)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _map(function: RowFunction, rows: pd.DataFrame, workers: int, retries: int) -> Iterator[Outcome]:
    crew = [Worker(function, retries) for _ in range(min(workers, len(rows)))]
    idle: SimpleQueue[Worker] = SimpleQueue()
    waiting: deque[Future[list[Outcome]]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for worker in crew:
            idle.put(worker)
        for batch in _batches(rows, workers):
            waiting.append(pool.submit(_run, idle, batch))
            if len(waiting) >= workers * BATCHES_AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:  # also when the caller stops early
        for worker in crew:
            worker.kill()
        pool.shutdown(cancel_futures=True)
        for worker in crew:
            worker.reap()


def _batches(rows: pd.DataFrame, workers: int) -> Iterator[Batch]:
    size = max(1, min(MOST_IN_A_BATCH, len(rows) // (4 * workers)))
    for start in range(0, len(rows), size):
        records = rows.iloc[start : start + size].to_dict("records")
        yield [(row, {str(key): value for key, value in values.items()}) for row, values in enumerate(records, start)]


def _run(idle: "SimpleQueue[Worker]", batch: Batch) -> list[Outcome]:
    worker = idle.get()
    try:
        return worker.run(batch)
    except Died:
        return [_run_alone(worker, row, values) for row, values in batch]
    finally:
        idle.put(worker)


def _run_alone(worker: Worker, row: int, values: dict[str, Any]) -> Outcome:
    """A row whose process died is done again by itself, twice at most: the culprit fails, its neighbors do not."""
    reason = ""
    for _ in range(2):
        try:
            return worker.run([(row, values)])[0]
        except Died as death:
            reason = str(death)
    return Outcome(row, None, f"The worker process died on this row, alone, twice ({reason}).")
