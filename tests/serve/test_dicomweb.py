import io
from collections.abc import Callable
from typing import Any

import pydicom
import pytest

from hilum.serve import queue, results
from hilum.serve.door import Door

KIND = 'multipart/related; type="application/dicom"; boundary=B'


def stow(client: Any, *contents: bytes) -> Any:
    body = b"".join(b"--B\r\nContent-Type: application/dicom\r\n\r\n%b\r\n" % each for each in contents) + b"--B--\r\n"
    return client.post("/dicom-web/studies", content=body, headers={"Content-Type": KIND})


@pytest.fixture
def made(door: Door, send: Callable[..., Any], dicom: Any) -> pydicom.Dataset:
    """An object that was made of an image, as the outputs make them."""
    send(dicom())
    claim = queue.claim(door.database, "w")
    assert claim is not None
    content = dicom(seed=9, Modality="SR")
    dataset = pydicom.dcmread(io.BytesIO(content))
    row = {"sop_uid": dataset.SOPInstanceUID, "sop_class": dataset.SOPClassUID, "study_uid": dataset.StudyInstanceUID,
           "series_uid": dataset.SeriesInstanceUID, "modality": "SR", "member": "objects/a.dcm"}  # fmt: skip
    outcome = queue.Outcome(results.new_name(claim.image_id), "w", 0, {}, (row,))
    results.write(door.settings.results, outcome, {"objects/a.dcm": content})
    assert queue.finish(door.database, claim, outcome)
    return dataset


def test_store_keeps_each_image_and_names_those_it_does_not(client: Any, door: Door, dicom: Any) -> None:
    both = stow(client, dicom(), dicom(seed=1))
    assert both.status_code == 200
    assert len(both.json()["00081199"]["Value"]) == 2
    assert stow(client, dicom()).status_code == 200  # the same again
    some = stow(client, dicom(seed=2), dicom(ViewPosition="AP"))
    assert some.status_code == 202
    assert some.json()["00081198"]["Value"][0]["00081197"]["Value"] == [0x0111]
    assert stow(client, dicom(ViewPosition="AP")).status_code == 409
    object.__setattr__(door.settings, "most_waiting", 3)
    assert stow(client, dicom(seed=3)).status_code == 429
    assert door.database.rows.execute("SELECT count(*) FROM images").fetchone()[0] == 3


def test_search_finds_what_was_made(client: Any, made: pydicom.Dataset) -> None:
    for path, params in (
        ("instances", {"SOPInstanceUID": made.SOPInstanceUID}),
        ("instances", {"00080060": "SR"}),
        (f"studies/{made.StudyInstanceUID}/series/{made.SeriesInstanceUID}/instances", {}),
    ):
        found = client.get(f"/dicom-web/{path}", params=params).json()
        assert [each["00080018"]["Value"] for each in found] == [[made.SOPInstanceUID]]
    assert client.get("/dicom-web/studies").json() == [{"0020000D": {"vr": "UI", "Value": [made.StudyInstanceUID]}}]
    assert len(client.get("/dicom-web/series", params={"Modality": "SR"}).json()) == 1
    assert client.get("/dicom-web/series", params={"Modality": "SEG"}).json() == []
    assert client.get("/dicom-web/instances", params={"limit": "0"}).json() == []


def test_search_takes_no_patient_in_an_address(client: Any, made: pydicom.Dataset) -> None:
    assert client.get("/dicom-web/studies", params={"PatientID": "4711"}).status_code == 400
    assert client.get("/dicom-web/studies", params={"x' OR '1'='1": "1"}).status_code == 400


def test_retrieve_gives_the_object_as_it_is(client: Any, made: pydicom.Dataset) -> None:
    path = f"/dicom-web/studies/{made.StudyInstanceUID}/series/{made.SeriesInstanceUID}/instances/{made.SOPInstanceUID}"
    answer = client.get(path)
    assert answer.headers["content-type"].startswith("multipart/related")
    content = answer.content[answer.content.index(b"\r\n\r\n") + 4 : answer.content.rindex(b"\r\n--")]
    assert pydicom.dcmread(io.BytesIO(content)) == made
    metadata = client.get(f"{path}/metadata").json()
    assert metadata[0]["00080018"]["Value"] == [made.SOPInstanceUID]
    assert "7FE00010" not in metadata[0]
    assert client.get("/dicom-web/studies/1.2.3").status_code == 404
