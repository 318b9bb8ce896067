import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hilum.serve import queue
from hilum.serve.door import Door
from hilum.serve.served import Served
from hilum.serve.supervisor import Supervisor

Send = Callable[..., Any]
READER = Path(__file__).with_name("reader_of_nothing.py")


@pytest.fixture
def running(door: Door, tmp_path: Path) -> Iterator[Supervisor]:
    """A reading process that says the same of every image, of a Run that is one file."""
    run = tmp_path / "run"
    run.mkdir()
    (run / "weights").write_text("1")
    supervisor = Supervisor(replace(door.settings, runs=(Served(run),), seconds=1.0, attempts=1), door.database)
    supervisor.command = [sys.executable, str(READER)]
    supervisor.start()
    yield supervisor
    supervisor.stop()


def wait_for(what: Callable[[], Any], seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "It did not come to pass."
        time.sleep(0.02)


def ends(door: Door) -> dict[str, tuple[str, str | None]]:
    rows = door.database.rows.execute("SELECT image_id, state, reason FROM images")
    return {row["image_id"]: (row["state"], row["reason"]) for row in rows}


def test_an_image_that_ends_its_reader_is_given_up_and_the_others_are_read(
    door: Door, send: Send, dicom: Any, running: Supervisor
) -> None:
    crash, hang = send(dicom(seed=1, StationName="CRASH")), send(dicom(seed=2, StationName="HANG"))
    good = send(dicom(seed=3))
    wait_for(lambda: not set(queue.counts(door.database)) & {"received", "claimed"})
    found = ends(door)
    assert found[good.image_id] == ("read", None)
    assert found[crash.image_id][0] == "dead"
    assert "signal 11" in str(found[crash.image_id][1])
    assert found[hang.image_id][0] == "dead"
    assert "signal 9" in str(found[hang.image_id][1])
    assert running.heard.ends >= 2


def test_a_run_that_is_exchanged_stops_reading_with_the_reason(
    door: Door, send: Send, dicom: Any, running: Supervisor
) -> None:
    wait_for(lambda: running.heard.state == "idle")
    assert running.trouble == ""
    (running.settings.runs[0].folder / "weights").write_text("22")
    wait_for(lambda: running.heard.state == "changed")
    image_id = send(dicom()).image_id
    running.wake()
    time.sleep(0.2)
    assert ends(door)[image_id] == ("received", None)
    assert "Start the server again" in running.trouble


def test_a_run_that_cannot_be_opened_is_said(door: Door, tmp_path: Path) -> None:
    supervisor = Supervisor(replace(door.settings, runs=(Served(tmp_path / "none"),)), door.database)
    supervisor.start()
    try:
        wait_for(lambda: supervisor.heard.state == "broken")
        assert "cannot be opened" in supervisor.trouble
    finally:
        supervisor.stop()
