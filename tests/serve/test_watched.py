from dataclasses import replace
from pathlib import Path
from typing import Any

from hilum.serve.door import Door
from hilum.serve.intake import Intake
from hilum.serve.watched import Watched


def test_a_file_is_taken_once_it_has_stopped_to_grow(door: Door, dicom: Any, png: Any, tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    (folder / "below").mkdir(parents=True)
    watched = Watched(folder, door.intake, door.audit)
    file = folder / "below" / "a.dcm"
    file.write_bytes(dicom()[:500])
    assert watched.look() == 0
    file.write_bytes(dicom())
    assert watched.look() == 0
    assert watched.look() == 1
    assert (folder / "taken" / "a.dcm").read_bytes() == dicom()
    assert watched.look() == 0
    assert door.database.rows.execute("SELECT source FROM images").fetchone()[0] == "folder"


def test_what_is_refused_is_put_aside_with_the_reason(door: Door, tmp_path: Path) -> None:
    watched = Watched(tmp_path / "inbox", door.intake, door.audit)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "note.txt").write_text("hello")
    (tmp_path / "inbox" / "link").symlink_to("/etc/passwd")
    watched.look()
    watched.look()
    assert "No image" in (tmp_path / "inbox" / "refused" / "note.txt.txt").read_text()
    assert (tmp_path / "inbox" / "link").is_symlink()


def test_what_has_no_room_stays_and_is_tried_again(door: Door, dicom: Any, tmp_path: Path) -> None:
    full = Intake(replace(door.settings, least_free_bytes=10**18), door.database, door.intake.secret)
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "a.dcm").write_bytes(dicom())
    watched = Watched(folder, full, door.audit)
    assert [watched.look(), watched.look()] == [0, 0]
    assert (folder / "a.dcm").exists()
    assert not list(door.settings.arriving.iterdir())
    again = Watched(folder, door.intake, door.audit)
    assert [again.look(), again.look()] == [0, 1]
