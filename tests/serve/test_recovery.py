from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hilum.schema import ConfigError
from hilum.serve import feedback, queue, results
from hilum.serve.door import Door
from hilum.serve.recovery import open_folder
from hilum.serve.settings import Settings

Send = Callable[..., Any]
SUMMARY = {"probabilities": {"Mass": 0.7}, "points": {"Mass": 0.5}, "called": ["Mass"]}


def written(door: Door, image_id: str) -> queue.Outcome:
    outcome = queue.Outcome(results.new_name(image_id), "w", 1, SUMMARY)
    results.write(door.settings.results, outcome, {results.READING: b"{}"})
    return outcome


def restarted(door: Door, make_door: Callable[[Settings], Door]) -> Door:
    """The same folder as after a kill: the lock went with the process."""
    import fcntl

    door.database.close()
    for handle in Path("/proc/self/fd").iterdir():
        if handle.exists() and handle.resolve() == door.settings.folder / "lock":
            fcntl.flock(int(handle.name), fcntl.LOCK_UN)
    return make_door(door.settings)


def rows_of(door: Door) -> dict[str, Any]:
    return {row["image_id"]: row for row in door.database.rows.execute("SELECT * FROM images")}


def test_two_servers_do_not_share_a_folder(door: Door) -> None:
    with pytest.raises(ConfigError, match="another server"):
        open_folder(door.settings)


def test_what_was_claimed_waits_again(door: Door, send: Send, png: Any, make_door: Any) -> None:
    image_id = send(png()).image_id
    queue.claim(door.database, "killed")
    row = rows_of(restarted(door, make_door))[image_id]
    assert (row["state"], row["attempts"]) == ("received", 0)


def test_a_stored_file_without_a_row_gets_one(door: Door, send: Send, png: Any, make_door: Any) -> None:
    image_id = send(png()).image_id
    with door.database.transaction() as rows:
        rows.execute("DELETE FROM images")
    (door.settings.images / "aa").mkdir(exist_ok=True)
    (door.settings.images / "aa" / ("a" * 24 + ".png")).write_bytes(png(1))  # of a name that is not its own
    (door.settings.arriving / "half").write_bytes(b"half a file")
    again = restarted(door, make_door)
    assert {key: row["state"] for key, row in rows_of(again).items()} == {image_id: "received"}
    assert not list(again.settings.arriving.iterdir())


def test_a_written_result_without_a_commit_is_taken_up_and_a_second_removed(
    door: Door, send: Send, png: Any, make_door: Any
) -> None:
    ids = [send(png(seed)).image_id for seed in (0, 1)]
    queue.claim(door.database, "killed")
    first = written(door, ids[0])
    claim = queue.claim(door.database, "killed")
    assert claim is not None
    queue.finish(door.database, claim, written(door, ids[1]))
    second = written(door, ids[1])
    cut = door.settings.results / ids[0][:2] / f"{results.WRITING}x"
    cut.write_bytes(b"PK")
    again = restarted(door, make_door)
    rows = rows_of(again)
    assert {rows[image_id]["state"] for image_id in ids} == {"read"}
    assert rows[ids[0]]["result"] == first.result
    assert not (door.settings.results / second.result).exists()
    assert not cut.exists()


def test_a_damaged_database_is_made_again_of_the_files(door: Door, send: Send, png: Any, make_door: Any) -> None:
    ids = [send(png(seed)).image_id for seed in range(3)]
    claim = queue.claim(door.database, "w")
    assert claim is not None
    queue.finish(door.database, claim, written(door, ids[0]))
    feedback.give(door.database, door.settings.folder, ids[0], "Mass", reader="A", agrees=False, note="calcified")
    door.database.rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    door.database.close()
    content = bytearray(door.settings.database.read_bytes())
    content[100:] = b"\xa5" * (len(content) - 100)
    door.settings.database.write_bytes(content)
    again = restarted(door, make_door)
    assert {key: row["state"] for key, row in rows_of(again).items()} == {
        ids[0]: "read", ids[1]: "received", ids[2]: "received"
    }  # fmt: skip
    assert [(each.reader, each.note, each.present) for each in feedback.of_image(again.database, ids[0])] == [
        ("A", "calcified", 0.0)
    ]
    assert list(door.settings.folder.glob("index.sqlite.damaged-*"))
