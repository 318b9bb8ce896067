import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hilum.serve import feedback
from hilum.serve.door import Door
from hilum.serve.retention import DAY_SECONDS, Retention


def test_images_rows_results_and_feedback_go_together(
    door: Door, send: Callable[..., Any], png: Any, read_all: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = send(png(0)).image_id
    assert read_all() == 1
    feedback.give(door.database, door.settings.folder, old, "Mass", reader="A", agrees=True)
    waiting = send(png(1)).image_id
    with door.database.transaction() as rows:
        rows.execute("UPDATE images SET received = received - ?", (3 * DAY_SECONDS,))
    young = send(png(2)).image_id
    retention = Retention(replace(door.settings, keep_days=2), door.database, door.audit)
    assert retention.remove_old() == 1
    left = {row[0] for row in door.database.rows.execute("SELECT image_id FROM images")}
    assert left == {waiting, young}  # what was not read yet stays, however old
    assert not [file for file in door.settings.folder.rglob("*") if file.is_file() and old in file.name]
    assert not feedback.everything(door.database)
    assert old not in (door.settings.folder / feedback.FILE).read_text()
    assert not door.database.rows.execute("SELECT count(*) FROM objects").fetchone()[0]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 30 * DAY_SECONDS)  # the clock is set back: nothing goes
    assert retention.remove_old() == 0


def test_what_waits_to_be_sent_stays(door: Door, send: Callable[..., Any], png: Any) -> None:
    image_id = send(png()).image_id
    with door.database.transaction() as rows:
        rows.execute("UPDATE images SET received = 0, state = 'read'")
        rows.execute("INSERT INTO pushes (image_id, destination) VALUES (?, 'stow:x')", (image_id,))
    assert Retention(replace(door.settings, keep_days=1), door.database, door.audit).remove_old() == 0
