import time
from collections.abc import Callable
from typing import Any

import pytest

from hilum.serve import queue
from hilum.serve.door import Door

Send = Callable[..., Any]
OUTCOME = queue.Outcome("aa/a.zip", "w", 0, {}, ({"sop_uid": "1.2", "sop_class": "", "study_uid": "", "series_uid": "",
                                                  "modality": "SR", "member": "objects/1.2.dcm"},))  # fmt: skip


def state(door: Door, image_id: str) -> Any:
    return door.database.rows.execute("SELECT * FROM images WHERE image_id = ?", (image_id,)).fetchone()


def test_the_first_to_come_is_the_first_to_be_read_whatever_the_clock_says(
    door: Door, send: Send, png: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [send(png(0)).image_id]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 7 * 86400)  # the clock is set back by a week
    ids += [send(png(seed)).image_id for seed in (1, 2)]
    claims = [queue.claim(door.database, "w") for _ in range(4)]
    assert [claim.image_id for claim in claims if claim] == ids
    assert claims[3] is None
    assert queue.finish(door.database, claims[1], OUTCOME)  # type: ignore[arg-type]
    assert queue.oldest_seconds(door.database) == 0.0


def test_an_image_has_one_result_though_two_workers_finish(door: Door, send: Send, png: Any) -> None:
    send(png())
    slow = queue.claim(door.database, "slow")
    assert slow is not None
    queue.release(door.database, "slow", "It was gone.", most=3)
    quick = queue.claim(door.database, "quick")
    assert quick is not None
    assert quick.attempt == 2
    assert queue.finish(door.database, quick, OUTCOME, ["stow:x"])
    assert not queue.finish(door.database, slow, OUTCOME, ["stow:x"])
    assert not queue.fail(door.database, slow, "late")
    assert state(door, slow.image_id)["state"] == "read"
    assert door.database.rows.execute("SELECT count(*) FROM objects").fetchone()[0] == 1
    assert door.database.rows.execute("SELECT count(*) FROM pushes").fetchone()[0] == 1


def test_an_image_that_breaks_its_reader_is_dead_with_the_reason(door: Door, send: Send, png: Any) -> None:
    image_id = send(png()).image_id
    for attempt in (1, 2, 3):
        claim = queue.claim(door.database, "w")
        assert claim is not None
        assert claim.attempt == attempt
        queue.release(door.database, "w", "signal 11", most=3)
    assert queue.claim(door.database, "w") is None
    row = state(door, image_id)
    assert (row["state"], row["reason"]) == ("dead", "signal 11")
    assert row["finished"] is not None
    assert queue.retry(door.database, image_id)
    again = queue.claim(door.database, "w")
    assert again is not None
    assert again.attempt == 1
    assert not queue.retry(door.database, image_id)


def test_a_full_disk_is_not_the_images_fault(door: Door, send: Send, png: Any) -> None:
    image_id = send(png()).image_id
    for _ in range(5):
        assert queue.claim(door.database, "w") is not None
        queue.release(door.database, "w", "full", most=3, counted=False)
    assert (state(door, image_id)["state"], state(door, image_id)["attempts"]) == ("received", 0)


def test_another_workers_claim_is_not_given_back(door: Door, send: Send, png: Any) -> None:
    image_id = send(png()).image_id
    queue.claim(door.database, "alive")
    queue.release(door.database, "gone", "x", most=3)
    assert state(door, image_id)["state"] == "claimed"
    queue.release(door.database, None, "x", most=3)
    assert state(door, image_id)["state"] == "received"
    assert queue.counts(door.database) == {"received": 1}
