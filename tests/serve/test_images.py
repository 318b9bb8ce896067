import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from hilum.serve.door import Door

ReadAll = Callable[[], int]
API = "/api/v1/images"


def test_an_image_from_sending_to_result(client: Any, door: Door, dicom: Any, read_all: ReadAll) -> None:
    sent = client.post(API, content=dicom())
    assert sent.status_code == 202
    image_id = sent.json()["images"][0]["image_id"]
    assert client.get(f"{API}/{image_id}").json()["state"] == "received"
    assert client.get(f"{API}/{image_id}/reading.json").status_code == 404
    assert read_all() == 1
    status = client.get(f"{API}/{image_id}").json()
    assert (status["state"], status["above"], status["summary"]["called"]) == ("read", 1, ["Mass"])
    reading = client.get(f"{API}/{image_id}/reading.json").json()
    assert reading["images"][0]["image_id"] == image_id
    assert reading["images"][0]["probabilities"] == pytest.approx(status["summary"]["probabilities"])
    page = client.get(f"{API}/{image_id}/reading.html")
    assert "Mass" in page.text
    assert page.headers["content-security-policy"].startswith("sandbox")
    assert client.get(f"{API}/{image_id}/picture.jpg").content.startswith(b"\xff\xd8")
    heats = client.get(f"{API}/{image_id}/heats.json").json()
    assert {each["finding"] for each in heats} == {"Mass", "Nodule"}
    assert client.get(f"{API}/{image_id}/{heats[0]['member']}").content.startswith(b"\x89PNG")


def test_nothing_that_is_made_names_the_patient(client: Any, door: Door, dicom: Any, read_all: ReadAll) -> None:
    image_id = client.post(API, content=dicom()).json()["images"][0]["image_id"]
    read_all()
    result = next(door.settings.results.glob("??/*.zip")).read_bytes()
    audit = (door.settings.folder / "audit.jsonl").read_bytes()
    answers = [client.get(path).content for path in ("/", f"/images/{image_id}", API, f"{API}/{image_id}")]
    for content in (result, audit, *answers):
        for word in (b"Secret", b"SECRET", b"ACC-1", str(door.settings.folder).encode()):
            assert word not in content


def test_the_numbers_are_those_of_hilum_read(client: Any, door: Door, dicom: Any, read_all: ReadAll, make_run: Any,
                                             tmp_path: Any) -> None:  # fmt: skip
    from hilum.workflows.read import read

    image_id = client.post(API, content=dicom()).json()["images"][0]["image_id"]
    read_all()
    (tmp_path / "same.dcm").write_bytes(dicom())
    said = read(make_run("again"), [tmp_path / "same.dcm"], device="cpu").to_json()["images"][0]["probabilities"]
    assert client.get(f"{API}/{image_id}/reading.json").json()["images"][0]["probabilities"] == pytest.approx(said)


def test_what_cannot_be_read_is_listed_with_its_reason(client: Any, door: Door, dicom: Any, read_all: ReadAll) -> None:
    contents = [dicom(), dicom(seed=1, Modality="CT"), dicom(seed=2)[:-2000]]
    ids = [client.post(API, content=content).json()["images"][0]["image_id"] for content in contents]
    assert read_all() == 3
    states = {each["image_id"]: each for each in client.get(API).json()}
    assert [states[image_id]["state"] for image_id in ids] == ["read", "failed", "failed"]
    assert states[ids[1]]["reason"].startswith("The file: modality CT")
    assert "The file: " in states[ids[2]]["reason"]
    assert [each["image_id"] for each in client.get(API, params={"state": "read"}).json()] == [ids[0]]


def test_answers_in_numbers(client: Any, door: Door, dicom: Any, png: Any) -> None:
    assert client.post(API, content=dicom()).status_code == 202
    assert client.post(API, content=dicom()).status_code == 200
    assert client.post(API, content=dicom(ViewPosition="AP")).status_code == 409
    assert client.post(API, content=b"hello").status_code == 400
    form = {"files": ("a.dcm", dicom(seed=1))}
    assert client.post(API, files=form).status_code == 202
    mixed = client.post(API, files=[("f", ("a", png())), ("f", ("b", b"hello"))])
    assert mixed.status_code == 207
    assert [each["status"] for each in mixed.json()["images"]] == [202, 400]
    assert client.post(API, content=b"", headers={"content-type": "multipart/form-data"}).status_code == 400


def test_a_full_queue_says_when_to_come_again(client: Any, door: Door, dicom: Any) -> None:
    object.__setattr__(door.settings, "most_waiting", 1)
    assert client.post(API, content=dicom()).status_code == 202
    refused = client.post(API, content=dicom(seed=1))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    object.__setattr__(door.settings, "least_free_bytes", 10**18)
    object.__setattr__(door.settings, "most_waiting", 10)
    assert client.post(API, content=dicom(seed=1)).status_code == 503


@pytest.mark.parametrize("image_id", ["0" * 24, "..", "%2e%2e%2fsecret", "a'; DROP TABLE images; --"])
def test_an_id_that_is_none(client: Any, door: Door, image_id: str) -> None:
    assert client.get(f"{API}/{image_id}").status_code in (404, 200 if image_id == ".." else 404)
    assert client.get(f"{API}/{image_id}/picture.jpg").status_code == 404
    assert client.get(f"{API}/{image_id}/objects/1.2.3").status_code == 404
    assert client.get("/static/../../secret").status_code == 404


def test_a_failed_image_is_read_again_when_asked(client: Any, door: Door, dicom: Any, read_all: ReadAll) -> None:
    image_id = client.post(API, content=dicom(Modality="CT")).json()["images"][0]["image_id"]
    assert client.post(f"{API}/{image_id}/retry").status_code == 409
    read_all()
    assert client.post(f"{API}/{image_id}/retry").json()["state"] == "received"


def test_waiting_ends_when_time_is_up(client: Any, door: Door, dicom: Any) -> None:
    began = time.monotonic()
    assert client.post(API, content=dicom(), params={"wait": 0.2}).status_code == 202
    assert time.monotonic() - began > 0.2
    assert client.post(API, content=dicom(), params={"wait": 100}).status_code == 422


def test_the_interface_describes_itself(client: Any) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert {API, f"{API}/{{image_id}}", "/dicom-web/studies", "/readyz", "/metrics"} <= set(paths)


def test_health(client: Any, door: Door, dicom: Any, read_all: ReadAll) -> None:
    assert client.get("/healthz").json() == {"alive": True}
    assert client.get("/readyz").status_code == 200
    door.supervisor._hear("changed")
    not_ready = client.get("/readyz")
    assert not_ready.status_code == 503
    assert "Start the server again" in not_ready.json()["troubles"][0]
    client.post(API, content=dicom())
    read_all()
    text = client.get("/metrics").text
    assert 'hilum_received_total{outcome="accepted",source="http"} 1.0' in text
    assert 'hilum_images{state="read"} 1.0' in text
    assert 'stage="reading"' in text
    assert json.dumps(text).count("hilum_read_total") > 0
