import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pydicom
import pytest

from hilum.schema import ConfigError, DataError
from hilum.serve import outbox, queue, results
from hilum.serve.door import Door
from hilum.serve.outbox import Outbox, check_destination
from hilum.serve.senders.dicom import send_dicom
from hilum.serve.senders.fhir import send_fhir
from hilum.serve.senders.stow import send_stow


class Pacs(BaseHTTPRequestHandler):
    """Answers as the test wants."""

    code, failed, finds = 200, 0, True
    seen: list[tuple[str, str, bytes]] = []  # noqa: RUF012  set anew by each test

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).seen.append((self.path, self.headers["Content-Type"], body))
        self._answer({"00081198": {"Value": [{}] * self.failed}} if self.failed else {})

    def do_GET(self) -> None:
        self._answer([{}] if self.finds else [])

    def _answer(self, value: Any) -> None:
        self.send_response(self.code)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def pacs() -> Iterator[str]:
    Pacs.code, Pacs.failed, Pacs.finds, Pacs.seen = 200, 0, True, []
    server = HTTPServer(("127.0.0.1", 0), Pacs)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def read_one(door: Door, send: Callable[..., Any], dicom: Any) -> Callable[[str], str]:
    """An image with an object and a bundle that are to be sent to a destination."""

    def make(destination: str) -> str:
        send(dicom())
        claim = queue.claim(door.database, "w")
        assert claim is not None
        row = {"sop_uid": "1.2.3", "sop_class": "", "study_uid": "", "series_uid": "", "modality": "SR",
               "member": "objects/a.dcm"}  # fmt: skip
        outcome = queue.Outcome(results.new_name(claim.image_id), "w", 0, {}, (row,))
        results.write(door.settings.results, outcome, {"objects/a.dcm": dicom(seed=5), results.FHIR: b'{"a": 1}'})
        assert queue.finish(door.database, claim, outcome, [destination])
        return claim.image_id

    return make


def state(door: Door) -> tuple[str, int, str | None]:
    row = door.database.rows.execute("SELECT * FROM pushes").fetchone()
    return row["state"], row["attempts"], row["reason"]


def test_what_was_not_taken_is_sent_again_later_and_later(
    door: Door, pacs: str, read_one: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read_one(f"stow:{pacs}")
    box = Outbox(replace(door.settings, send_to=(f"stow:{pacs}",)), door.database)
    now = [time.time()]
    monkeypatch.setattr(time, "time", lambda: now[0])
    Pacs.code = 503
    assert box.send_due() == 0
    assert state(door) == ("waiting", 1, "The server answered 503.")
    assert box.send_due() == 0
    assert state(door)[1] == 1  # its pause is not over
    now[0] += 2.1
    box.send_due()
    assert state(door)[1] == 2
    now[0] -= 86400  # the clock is set back by a day: it does not wait a day
    Pacs.code = 200
    assert box.send_due() == 1
    assert state(door) == ("sent", 2, None)
    assert box.send_due() == 0


def test_after_many_attempts_a_person_has_to_look(
    door: Door, pacs: str, read_one: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_ATTEMPTS", 1)
    read_one(f"stow:{pacs}")
    Pacs.code = 500
    Outbox(replace(door.settings, send_to=()), door.database).send_due()
    assert state(door)[0] == "dead"


def test_stow_sends_the_bytes_and_asks_whether_they_are_there(pacs: str, dicom: Any) -> None:
    send_stow(pacs, [dicom()], [])
    path, kind, body = Pacs.seen[0]
    assert (path, kind.partition(";")[0]) == ("/studies", "multipart/related")
    assert dicom() in body
    Pacs.failed = 1
    with pytest.raises(DataError, match="0 of 1"):
        send_stow(pacs, [dicom()], [])
    Pacs.failed, Pacs.finds = 0, False
    with pytest.raises(DataError, match="does not find it"):
        send_stow(pacs, [dicom()], [])
    send_stow(pacs, [], [])


def test_fhir_sends_the_bundle(pacs: str) -> None:
    send_fhir(pacs, [], [b'{"resourceType": "Bundle"}'])
    assert Pacs.seen[0][1:] == ("application/fhir+json", b'{"resourceType": "Bundle"}')
    send_fhir(pacs, [], [])
    assert len(Pacs.seen) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pynetdicom leaves its socket
def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(DataError, match="cannot be reached"):
        send_fhir("http://127.0.0.1:9/", [], [b"{}"])
    with pytest.raises(DataError, match="does not answer"):
        send_dicom("X@127.0.0.1:9", [SR], [])


def test_c_store_sends_in_contexts_of_the_objects(dicom: Any) -> None:
    from pynetdicom import AE, evt

    taken, answer = [], [0x0000]

    def store(event: Any) -> int:
        taken.append(str(event.dataset.SOPInstanceUID))
        return answer[0]

    entity = AE()
    entity.add_supported_context("1.2.840.10008.5.1.4.1.1.88.34", "1.2.840.10008.1.2.1")
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
    where = f"PACS@127.0.0.1:{server.server_address[1]}"
    try:
        send_dicom(where, [SR], [])
        assert taken == ["1.2.3.4"]
        answer[0] = 0xA700
        with pytest.raises(DataError, match="0xA700"):
            send_dicom(where, [SR], [])
    finally:
        server.shutdown()


@pytest.mark.parametrize("text", ["", "ftp:x", "stow:", "dicom", "http://x"])
def test_a_destination_that_is_none(text: str) -> None:
    with pytest.raises(ConfigError, match="stow:URL"):
        check_destination(text)


def test_a_place_that_is_none() -> None:
    with pytest.raises(ConfigError, match="AE@HOST:PORT"):
        send_dicom("nowhere", [SR], [])


def comprehensive_3d_sr() -> bytes:
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.88.34", "1.2.3.4"
    written = io.BytesIO()
    dataset.save_as(written, enforce_file_format=True)
    return written.getvalue()


SR = comprehensive_3d_sr()
