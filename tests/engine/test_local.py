"""Worker processes: the same outcomes as one process, few of them waiting, and none lost when a process dies."""

import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from hilum.engine import Outcome, map_rows
from hilum.schema import ConfigError

WORK = """
import os, signal, sys, time
from pathlib import Path
from hilum.schema import ImageError

def steps(row):
    if row["n"] % 10 == 3:
        raise ImageError(f"{row['n']}.png: not an image.")
    if row["n"] % 10 == 7:
        raise ValueError("seven")
    print("noise on stdout", row)
    return {"n": row["n"], "bytes": bytes([row["n"] % 256]) * 1000}

def die_on_five(row):
    if row["n"] == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"n": row["n"]}

def die_once_on_five(row):
    mark = Path(row["folder"]) / "died"
    if row["n"] == 5 and not mark.exists():
        mark.touch()
        sys.exit(3)
    return {"n": row["n"]}

def note(row):
    (Path(row["folder"]) / str(row["n"])).touch()
    return {"pid": os.getpid()}

def settings(row):
    import cv2
    return {"cv2": cv2.getNumThreads(), "omp": os.environ["OMP_NUM_THREADS"]}

def wait(row):
    time.sleep(60)
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module that worker processes can import, as they can the caller's own."""
    (tmp_path / "work_for_workers.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("work_for_workers")
    del sys.modules["work_for_workers"]


def outcomes(function: Callable[..., object], rows: pd.DataFrame, workers: int = 2) -> list[Outcome]:
    return list(map_rows(function, rows, workers=workers, what=None))  # type: ignore[arg-type]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_processes_give_what_this_process_gives(work: ModuleType) -> None:
    rows = pd.DataFrame({"n": range(300), "name": "a"})
    there = outcomes(work.steps, rows)
    assert there == outcomes(work.steps, rows, workers=0)
    assert len(there) == 300
    assert there[13].failure == "13.png: not an image."
    assert there[17].failure == "ValueError: seven"


def test_a_row_that_kills_its_process_fails_alone(work: ModuleType) -> None:
    found = outcomes(work.die_on_five, pd.DataFrame({"n": range(40)}))
    assert [outcome.row for outcome in found] == list(range(40))
    assert [outcome.row for outcome in found if outcome.failure] == [5]
    assert "died on this row, alone, twice (SIGKILL)" in str(found[5].failure)


def test_a_process_that_dies_once_costs_nothing(work: ModuleType, tmp_path: Path) -> None:
    found = outcomes(work.die_once_on_five, pd.DataFrame({"n": range(40), "folder": str(tmp_path)}), workers=1)
    assert (tmp_path / "died").exists()
    assert [outcome.value for outcome in found] == [{"n": n} for n in range(40)]


def test_little_is_done_ahead_and_no_process_stays(work: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "done"
    folder.mkdir()
    stream = map_rows(work.note, pd.DataFrame({"n": range(5000), "folder": str(folder)}), workers=1, what=None)
    first = next(stream)
    time.sleep(0.3)
    assert 1 <= len(list(folder.iterdir())) <= 3 * 16
    stream.close()  # type: ignore[attr-defined]
    assert first.value is not None
    assert not alive(first.value["pid"])


def test_a_caller_that_gives_up_does_not_wait_for_the_work(work: ModuleType) -> None:
    class GaveUp(Exception):
        pass

    def give_up(*_: object) -> None:
        raise GaveUp

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    began = time.monotonic()
    try:
        with pytest.raises(GaveUp):
            outcomes(work.wait, pd.DataFrame({"n": range(4)}))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - began < 20


def test_each_process_has_one_thread(work: ModuleType) -> None:
    assert outcomes(work.settings, pd.DataFrame({"n": [0]}))[0].value == {"cv2": 1, "omp": "1"}


def test_a_function_that_workers_cannot_find_is_refused_once(work: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "work_for_workers.py").unlink()
    with pytest.raises(ConfigError, match=r"cannot be loaded in a worker process .*work_for_workers"):
        outcomes(work.steps, pd.DataFrame({"n": range(100)}))
