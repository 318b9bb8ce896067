import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from hilum.serve import bodies
from hilum.serve.bodies import files_of, spool
from hilum.serve.door import Door
from hilum.serve.refused import Refused

FORM = "multipart/form-data; boundary=XX"


def opened(door: Door, content: bytes, content_type: str = "") -> list[bytes | int]:
    """What a body holds: the bytes of each file, or the code of its refusal."""
    body = door.settings.arrival()
    body.write_bytes(content)
    found = [
        each.http if isinstance(each, Refused) else each.read_bytes()
        for each in files_of(body, content_type, door.settings)
    ]
    assert not body.exists() or found == [content]
    return found


def zipped(members: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


def test_a_body_larger_than_may_be_is_cut_off_while_it_arrives(door: Door, tmp_path: Path) -> None:
    sent = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            sent.append(1)
            yield bytes(1 << 20)

    from dataclasses import replace

    with pytest.raises(Refused) as refused:
        asyncio.run(spool(endless(), replace(door.settings, most_body_bytes=3 << 20)))
    assert refused.value.http == 413
    assert len(sent) == 4
    assert not list(door.settings.arriving.iterdir())


def test_a_form_gives_its_files_alone(door: Door) -> None:
    body = (
        b'--XX\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
        b'--XX\r\nContent-Disposition: form-data; name="f"; filename="../../a"\r\n\r\none\r\n--X\r\ntwo\r\n'
        b'--XX\r\nContent-Disposition: form-data; name="f"; filename=""\r\n\r\n\r\n--XX--\r\n'
    )
    assert opened(door, body, FORM) == [b"one\r\n--X\r\ntwo"]


def test_dicomweb_gives_all_parts(door: Door) -> None:
    body = b"--XX\r\nContent-Type: application/dicom\r\n\r\none\r\n--XX\r\n\r\ntwo\r\n--XX--"
    assert opened(door, body, 'multipart/related; type="application/dicom"; boundary="XX"') == [b"one", b"two"]


@pytest.mark.parametrize("body", [b"--XX", b"--XX\r\n\r\n", b"--XX\r\n\r\nno end"])
def test_a_part_that_was_cut_off_is_refused(door: Door, body: bytes) -> None:
    assert opened(door, body, FORM) == [400]


def test_parts_before_one_that_was_cut_off_are_taken(door: Door) -> None:
    assert opened(door, b"--XX\r\n\r\none\r\n--XX\r\n\r\nno e", "multipart/related; boundary=XX") == [b"one", 400]


def test_a_form_without_its_boundary_in_it_gives_nothing(door: Door) -> None:
    assert opened(door, b"nothing", FORM) == []


@pytest.mark.parametrize("form", [True, False])
def test_files_beyond_the_most_are_refused_aloud(door: Door, monkeypatch: pytest.MonkeyPatch, form: bool) -> None:
    monkeypatch.setattr(bodies, "MOST_PARTS", 2)
    parts = b"".join(b"--XX\r\n\r\n%d\r\n" % number for number in range(3)) + b"--XX--"
    archive = zipped({str(number): b"%d" % number for number in range(3)})
    body, kind = (parts, "multipart/related; boundary=XX") if form else (archive, "")
    assert opened(door, body, kind) == [b"0", b"1", 413]


def test_an_encrypted_member_is_refused_and_the_others_are_taken(door: Door) -> None:
    archive = bytearray(zipped({"locked": b"1", "open": b"2"}))
    archive[archive.index(b"PK\x01\x02") + 8] |= bodies.ENCRYPTED
    assert opened(door, bytes(archive)) == [400, b"2"]


def test_a_form_without_a_body_or_a_boundary_is_refused(door: Door) -> None:
    for body, kind in ((b"", FORM), (b"--XX", "multipart/form-data")):
        with pytest.raises(Refused, match="boundary"):
            opened(door, body, kind)


def test_names_in_an_archive_never_become_paths(door: Door) -> None:
    before = set(door.settings.folder.parent.rglob("*"))
    names = {"../../../evil.png": b"1", "/etc/evil": b"2", "a/b/c.dcm": b"3", "__MACOSX/x": b"4", "DICOMDIR": b"5"}
    assert opened(door, zipped(names)) == [b"1", b"2", b"3"]
    new = set(door.settings.folder.parent.rglob("*")) - before
    assert {path.parent for path in new} == {door.settings.arriving}


def test_a_zip_bomb_is_refused_by_what_comes_out(door: Door) -> None:
    most = door.settings.most_file_bytes
    bomb = zipped({"bomb": bytes(50 * most), "small": b"ok"})
    assert len(bomb) < most
    assert opened(door, bomb) == [413, b"ok"]
    sizes = [path.stat().st_size for path in door.settings.arriving.iterdir()]
    assert max(sizes) <= most + 1


def test_many_members_together_are_bounded(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    small = replace(door.settings, most_body_bytes=1000, most_file_bytes=1000)
    body = small.arrival()
    body.write_bytes(zipped({str(number): bytes(900) for number in range(100)}))
    found = list(files_of(body, "", small))
    assert sum(each.stat().st_size for each in found if isinstance(each, Path)) <= 4 * small.most_body_bytes


@pytest.mark.parametrize("cut", [10, 60, -30])
def test_a_damaged_archive_is_refused(door: Door, cut: int) -> None:
    assert opened(door, zipped({"a": b"x" * 5000})[:cut]) == [400]


def test_an_archive_in_an_archive_is_not_opened(door: Door, send: Callable[..., Any]) -> None:
    inner = zipped({"a": b"x"})
    assert opened(door, zipped({"inner.zip": inner})) == [inner]
    with pytest.raises(Refused):
        send(inner)
