from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pydicom
import pytest
from pynetdicom import AE, _config

from hilum.serve.dicom_in import listen
from hilum.serve.door import Door
from hilum.serve.intake import Intake

CR = "1.2.840.10008.5.1.4.1.1.1"


@pytest.fixture
def port(door: Door, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    import tempfile

    monkeypatch.setattr(_config, "STORE_RECV_CHUNKED_DATASET", False)  # and so set back behind the test
    monkeypatch.setattr(tempfile, "tempdir", tempfile.gettempdir())
    settings = replace(door.settings, dicom_port=0, callers=("MODALITY",), most_waiting=2)
    server = listen(Intake(settings, door.database, door.intake.secret), door.audit, door.metrics)
    yield server.server_address[1]
    server.shutdown()


def sent(port: int, content: bytes, *, title: str = "MODALITY", syntax: str = "1.2.840.10008.1.2.1") -> int | None:
    """Status of the answer; None where the association was refused or broken off."""
    import io

    entity = AE(ae_title=title)
    entity.add_requested_context(CR, syntax)
    association = entity.associate("127.0.0.1", port, ae_title="HILUM")
    if not association.is_established:
        return None
    dataset = pydicom.dcmread(io.BytesIO(content))
    try:
        status = association.send_c_store(dataset)
        return status.get("Status")
    finally:
        association.release()


def test_an_image_is_kept_as_it_came(door: Door, port: int, dicom: Any) -> None:
    assert sent(port, dicom()) == 0x0000
    file = next(door.settings.images.glob("??/*.dcm"))
    kept, given = pydicom.dcmread(file), pydicom.dcmread(__import__("io").BytesIO(dicom()))
    assert kept == given
    assert not list(door.settings.arriving.iterdir())
    assert sent(port, dicom()) == 0x0000
    assert door.database.rows.execute("SELECT count(*) FROM images").fetchone()[0] == 1


def test_codes_of_what_is_refused(door: Door, port: int, dicom: Any) -> None:
    assert sent(port, dicom()) == 0x0000
    assert sent(port, dicom(ViewPosition="AP")) == 0xC001
    assert sent(port, dicom(seed=1)) == 0x0000
    assert sent(port, dicom(seed=2)) == 0xA700  # two wait already
    assert b'code="0xA700"' in door.metrics.text(0)


def test_a_stranger_is_refused(port: int, dicom: Any) -> None:
    assert sent(port, dicom(), title="STRANGER") is None


def test_a_data_set_without_end_is_broken_off(
    door: Door, port: int, dicom: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hilum.serve import dicom_in

    monkeypatch.setattr(dicom_in, "SLACK_BYTES", -door.settings.most_file_bytes + 2000)
    assert sent(port, dicom()) is None
    assert not list(door.settings.images.iterdir())


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.50"])
def test_compressed_images_are_not_decoded_on_the_way(door: Door, port: int, dicom: Any, syntax: str) -> None:
    import io

    dataset = pydicom.dcmread(io.BytesIO(dicom()))
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = pydicom.encaps.encapsulate([b"no image at all!"])
    dataset["PixelData"].is_undefined_length = True
    written = io.BytesIO()
    dataset.save_as(written, enforce_file_format=True)
    assert sent(port, written.getvalue(), syntax=syntax) == 0x0000
    kept = pydicom.dcmread(next(door.settings.images.glob("??/*.dcm")))
    assert kept.file_meta.TransferSyntaxUID == syntax
