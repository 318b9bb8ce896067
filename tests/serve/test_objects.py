import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pydicom
import pytest

pytest.importorskip("highdicom")
pytest.importorskip("fhir.resources")

from hilum.schema import ConfigError, DependencyError
from hilum.serve import objects, queue
from hilum.serve.door import Door

Send = Callable[..., Any]


@pytest.fixture
def read_with_objects(door: Door, make_run: Callable[..., Any]) -> Callable[[], None]:
    from hilum.serve.worker import Worker

    def read() -> None:
        settings = replace(
            door.settings, run=make_run("objects").folder, objects=("sr", "sc", "fhir"), send_to=("stow:x",)
        )
        worker = Worker(settings, io.StringIO(), "")
        while (claim := queue.claim(worker.database, worker.name)) is not None:
            assert worker.read(claim)

    return read


def test_objects_are_made_found_and_fetched(
    client: Any, door: Door, dicom: Any, read_with_objects: Callable[[], None]
) -> None:
    image_id = client.post("/api/v1/images", content=dicom()).json()["images"][0]["image_id"]
    read_with_objects()
    status = client.get(f"/api/v1/images/{image_id}").json()
    assert "not_written" not in status["summary"]
    found = {
        each["00080060"]["Value"][0]: each["00080018"]["Value"][0] for each in client.get("/dicom-web/instances").json()
    }
    assert set(found) == {"SR", "OT"}
    assert set(status["objects"]) == set(found.values())
    answer = client.get(f"/api/v1/images/{image_id}/objects/{found['SR']}")
    report, source = pydicom.dcmread(io.BytesIO(answer.content)), pydicom.dcmread(io.BytesIO(dicom()))
    assert (report.StudyInstanceUID, report.PatientID) == (source.StudyInstanceUID, source.PatientID)
    assert client.get(f"/api/v1/images/{image_id}/fhir.json").json()["resourceType"] == "Bundle"
    assert door.database.rows.execute("SELECT count(*) FROM pushes").fetchone()[0] == 1
    assert client.post("/api/v1/images", content=answer.content).json()["images"][0]["outcome"] == "known"


def test_an_image_without_a_study_is_read_and_says_what_was_not_written(
    client: Any, door: Door, dicom: Any, png: Any, read_with_objects: Callable[[], None]
) -> None:
    ids = [client.post("/api/v1/images", content=content).json()["images"][0]["image_id"]
           for content in (dicom(StudyInstanceUID="  "), png())]  # fmt: skip
    read_with_objects()
    bare, drawn = (client.get(f"/api/v1/images/{image_id}").json() for image_id in ids)
    assert (bare["state"], bare["objects"]) == ("read", [])
    assert bare["summary"]["not_written"][0].startswith("sr: the DICOM header lacks StudyInstanceUID")
    assert drawn["state"] == "read"
    assert "not_written" not in drawn["summary"]


def test_formats_are_checked_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(objects.check_formats([])) >= {"sr", "seg", "sc", "gsps", "fhir"}
    assert objects.check_formats(["sr"]) == ("sr",)
    with pytest.raises(ConfigError, match="no object 'pdf'"):
        objects.check_formats(["pdf"])
    monkeypatch.setattr(objects, "find_spec", lambda _: None)
    assert objects.check_formats([]) == ()
    with pytest.raises(DependencyError, match=r"hilum\[serve,outputs\]"):
        objects.check_formats(["sr"])
