import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pydicom
import pytest

pytest.importorskip("highdicom")
pytest.importorskip("fhir.resources")

from hilum.schema import ConfigError, DependencyError
from hilum.schema.files import write_json
from hilum.serve import objects, queue, results
from hilum.serve.door import Door
from hilum.serve.served import Served

Send = Callable[..., Any]
UNET = {"name": "box_unet", "encoder": "test_resnet", "width": 32, "norm": "group"}
ALL_REACH = {"threshold": 0.0, "sensitivity": 1.0, "specificity": 0.0, "ppv": 0.5, "present": 5, "absent": 5,
             "fitted": True}  # fmt: skip
POINTS = {"rule": "youden", "options": {}, "points": [{"finding": "Mass", **ALL_REACH},
          {"finding": "Nodule", **ALL_REACH, "threshold": 1.0}], "fitted_on": {}}  # fmt: skip


@pytest.fixture
def read_with_objects(door: Door, make_run: Callable[..., Any]) -> Callable[[], None]:
    from hilum.serve.worker import Worker

    def read() -> None:
        settings = replace(
            door.settings, runs=(Served(make_run("objects").folder),), objects=("sr", "sc", "fhir"), send_to=("stow:x",)
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


def test_several_runs_stand_side_by_side(client: Any, door: Door, dicom: Any, make_run: Callable[..., Any]) -> None:
    """A classifier with a point that all reach, a detector, and one for laterals alone."""
    from hilum.serve.worker import Worker

    first = make_run("first")
    write_json(first.folder / "operating_points.json", POINTS)
    boxes = make_run("boxes", task={"name": "detect", "cuts": [0.4], "least": 0.0}, model=UNET)
    lateral = make_run("lateral")
    runs = (Served(first.folder), Served(boxes.folder), Served(lateral.folder, ("LATERAL",)))
    settings = replace(door.settings, runs=runs, objects=("sr", "fhir"), send_to=("fhir:x",))
    worker = Worker(settings, io.StringIO(), "")
    worker.readers = replace(worker.readers, outliner=None)  # which would find no lung in noise
    image_id = client.post("/api/v1/images", content=dicom()).json()["images"][0]["image_id"]
    claim = queue.claim(door.database, worker.name)
    assert claim is not None
    assert worker.read(claim)
    status = client.get(f"/api/v1/images/{image_id}").json()
    told = {each["run"]: each for each in status["summary"]["runs"]}
    assert list(told) == ["first", "boxes"]
    assert told["first"]["called"] == ["Mass"]
    assert "Mass" in status["summary"]["called"]
    assert len(told["boxes"]["boxes"])
    assert all(0 <= box["x0"] < box["x1"] <= 1 for box in told["boxes"]["boxes"])
    address = f"/api/v1/images/{image_id}"
    numbers = {run: client.get(f"{address}/reading.json?run={run}").json()["images"][0] for run in told}
    assert "probabilities" in numbers["first"]
    assert "boxes" in numbers["boxes"]
    assert client.get(f"{address}/reading.json").json()["images"][0] == numbers["first"]
    assert client.get(f"{address}/reading.json?run=lateral").status_code == 404
    assert len(set(status["objects"])) == 2
    assert all(client.get(f"{address}/objects/{uid}").status_code == 200 for uid in status["objects"])
    file = next(door.settings.results.glob("??/*.zip"))
    assert len(results.bundles(file)) == 2
    page = client.get(f"/images/{image_id}").text
    assert page.count('<span class="of') >= 2
    assert "Printable page: boxes" in page
    assert ">Present</button>" in page


def test_an_image_of_a_view_that_no_run_reads_is_listed_as_failed(
    client: Any, door: Door, dicom: Any, make_run: Callable[..., Any]
) -> None:
    from hilum.serve.worker import Worker

    settings = replace(door.settings, runs=(Served(make_run("lateral").folder, ("LATERAL",)),))
    worker = Worker(settings, io.StringIO(), "")
    image_id = client.post("/api/v1/images", content=dicom()).json()["images"][0]["image_id"]
    claim = queue.claim(door.database, worker.name)
    assert claim is not None
    assert worker.read(claim)
    status = client.get(f"/api/v1/images/{image_id}").json()
    assert status["state"] == "failed"
    assert status["reason"] == "No Run of this server reads images of the view PA."
