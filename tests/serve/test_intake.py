import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hilum.serve.door import Door
from hilum.serve.intake import Intake
from hilum.serve.refused import Refused

Send = Callable[..., Any]


def test_an_image_is_on_the_disk_and_in_a_row_when_it_is_answered_for(door: Door, send: Send, dicom: Any) -> None:
    receipt = send(dicom())
    row = door.database.rows.execute("SELECT * FROM images").fetchone()
    assert (receipt.outcome, row["image_id"], row["state"]) == ("accepted", receipt.image_id, "received")
    assert (door.settings.images / row["file"]).read_bytes() == dicom()
    assert not list(door.settings.arriving.iterdir())


def test_no_row_holds_what_names_the_patient(door: Door, send: Send, dicom: Any) -> None:
    send(dicom(AccessionNumber="ACC-77"))
    row = tuple(door.database.rows.execute("SELECT * FROM images").fetchone())
    assert not [value for value in row if any(word in str(value) for word in ("Secret", "SECRET", "ACC-77"))]
    assert len(door.database.rows.execute("SELECT patient_key FROM images").fetchone()[0]) == 24


def test_the_same_image_again_is_known(door: Door, send: Send, dicom: Any) -> None:
    first, again = send(dicom()), send(dicom())
    assert (again.image_id, again.outcome) == (first.image_id, "known")
    assert door.database.rows.execute("SELECT count(*) FROM images").fetchone()[0] == 1


def test_another_file_meta_is_the_same_image(send: Send, dicom: Any) -> None:
    """By C-STORE the receiver writes the file meta information, by STOW the sender."""
    content = dicom()
    assert content.count(b"PYDICOM") == 1
    assert send(content).image_id == send(content.replace(b"PYDICOM", b"ORTHANC")).image_id


def test_other_bytes_under_the_same_uid_are_refused_and_overwrite_nothing(door: Door, send: Send, dicom: Any) -> None:
    receipt = send(dicom())
    with pytest.raises(Refused, match="it stays") as refused:
        send(dicom(ViewPosition="AP"))
    assert (refused.value.http, refused.value.dicom & 0xF000) == (409, 0xC000)
    file = door.database.rows.execute("SELECT file FROM images").fetchone()[0]
    assert (door.settings.images / file).read_bytes() == dicom()
    assert send(dicom()).image_id == receipt.image_id


def test_of_two_at_once_under_one_uid_one_is_kept(door: Door, send: Send, dicom: Any) -> None:
    contents, outcomes = [dicom(), dicom(ViewPosition="AP")], []

    def give(content: bytes) -> None:
        try:
            outcomes.append((content, send(content).outcome))
        except Refused as refused:
            outcomes.append((content, str(refused.http)))
        door.database.close()

    threads = [threading.Thread(target=give, args=(content,)) for content in contents * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = {content for content, outcome in outcomes if outcome in ("accepted", "known")}
    assert len(kept) == 1
    assert sum(outcome == "accepted" for _, outcome in outcomes) == 1
    assert sum(outcome == "409" for _, outcome in outcomes) == 4
    file = door.database.rows.execute("SELECT file FROM images").fetchone()[0]
    assert {(door.settings.images / file).read_bytes()} == kept


@pytest.mark.parametrize(
    ("changed", "code", "status"),
    [({"most_waiting": 1}, 429, 0xA700), ({"most_waiting_bytes": 1}, 429, 0xA700),
     ({"least_free_bytes": 10**18}, 503, 0xA700), ({"most_file_bytes": 100}, 413, 0xC002)],
)  # fmt: skip
def test_what_is_bounded(door: Door, send: Send, dicom: Any, changed: dict[str, int], code: int, status: int) -> None:
    send(dicom())
    bounded = Intake(replace(door.settings, **changed), door.database, door.intake.secret)
    file = door.settings.arrival()
    file.write_bytes(dicom(seed=1))
    with pytest.raises(Refused) as refused:
        bounded.receive(file, "http")
    assert (refused.value.http, refused.value.dicom) == (code, status)
    assert (refused.value.retry_after_seconds is not None) == (code != 413)
    assert not file.exists()
    assert len(list(door.settings.images.glob("??/*"))) == 1


def test_a_disk_that_is_full_is_said_and_nothing_stays(door: Door, send: Send, dicom: Any, full_disk: Any) -> None:
    content = dicom()
    with full_disk(100), pytest.raises((Refused, OSError)):
        send(content)
    assert send(content).outcome == "accepted"


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 128 + b"DICM", b"<html>"])
def test_what_is_no_image_is_refused(door: Door, send: Send, content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        send(content)
    assert (refused.value.http, refused.value.dicom) == (400, 0xC000)
    assert not list(door.settings.images.iterdir())


def test_an_object_that_this_server_made_is_not_read(door: Door, send: Send, dicom: Any) -> None:
    receipt = send(dicom())
    with door.database.transaction() as rows:
        rows.execute("INSERT INTO objects VALUES ('1.2.3', ?, '', '', '', 'SR', '')", (receipt.image_id,))
    assert send(dicom(seed=1, SOPInstanceUID="1.2.3")).outcome == "known"
    assert door.database.rows.execute("SELECT count(*) FROM images").fetchone()[0] == 1
