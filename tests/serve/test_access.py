from collections.abc import Callable
from typing import Any

import pytest

from hilum.schema import ConfigError
from hilum.serve.access import COOKIE
from hilum.serve.door import Door
from hilum.serve.server import check_open

API = "/api/v1/images"


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_without_keys_only_this_machine_comes_in(door: Door) -> None:
    from dataclasses import replace

    check_open(door.settings)
    with pytest.raises(ConfigError, match="hilum key"):
        check_open(replace(door.settings, host="0.0.0.0"))
    with pytest.raises(ConfigError, match="--from-ae"):
        check_open(replace(door.settings, dicom_port=104, dicom_host="0.0.0.0"))
    door.keys.add("a", ["read"])
    check_open(replace(door.settings, host="0.0.0.0"))


def test_a_key_opens_what_its_scopes_say(client: Any, door: Door, dicom: Any) -> None:
    sender, reader = door.keys.add("sender", ["submit"]), door.keys.add("reader", ["read"])
    assert client.get(API).status_code == 401
    assert client.get(API, headers=bearer("hilum_00000000_" + "x" * 43)).status_code == 401
    assert client.get(API, headers=bearer(sender[:-1] + ("A" if sender[-1] != "A" else "B"))).status_code == 401
    assert client.get(API, headers=bearer(reader)).status_code == 200
    assert client.post(API, content=dicom(), headers=bearer(reader)).status_code == 403
    assert client.post(API, content=dicom(), headers=bearer(sender)).status_code == 202
    assert client.get("/metrics", headers=bearer(reader)).status_code == 403
    door.keys.revoke("reader")
    assert client.get(API, headers=bearer(reader)).status_code == 401


def test_every_route_but_those_of_health_and_the_door_asks_for_a_key(client: Any, door: Door) -> None:
    door.keys.add("somebody", ["read"])
    free = {"/healthz", "/readyz", "/key", "/api/v1/openapi.json"}
    asked = 0
    for route in client.app.routes:
        path = getattr(route, "path", "")
        for inner in [route, *getattr(route, "routes", [])]:
            path = getattr(inner, "path", "")
            for method in getattr(inner, "methods", None) or ():
                if path in free or path.startswith("/static"):
                    continue
                address = path.replace("{", "").replace("}", "")
                assert client.request(method, address).status_code == 401, (method, path)
                asked += 1
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    for path, methods in paths.items():
        for method in methods:
            if path not in free:
                address = path.replace("{", "").replace("}", "")
                assert client.request(method.upper(), address).status_code == 401, (method, path)
                asked += 1
    assert asked > 15


def test_the_page_keeps_a_right_key_in_a_cookie(client: Any, door: Door) -> None:
    key = door.keys.add("reader", ["read", "feedback", "submit"])
    wrong = client.post("/key", data={"key": "hilum_x"})
    assert wrong.status_code == 401
    assert COOKIE not in wrong.cookies
    right = client.post("/key", data={"key": key}, follow_redirects=False)
    said = right.headers["set-cookie"].lower()
    assert right.status_code == 303
    assert "httponly" in said
    assert "samesite=strict" in said
    assert client.get("/").status_code == 200


def test_another_sites_page_cannot_act_with_the_cookie(client: Any, door: Door, dicom: Any) -> None:
    client.cookies.set(COOKIE, door.keys.add("reader", ["submit"]))
    assert client.post(API, content=dicom(), headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post(API, content=dicom()).status_code == 403
    assert client.post(API, content=dicom(), headers={"Origin": "http://testserver"}).status_code == 202


def test_an_open_server_answers_under_local_names_alone(client: Any, dicom: Any) -> None:
    assert client.get(API, headers={"Host": "evil.example"}).status_code == 403
    assert client.post(API, content=dicom(), headers={"Origin": "https://evil.example"}).status_code == 403


def test_what_goes_wrong_inside_tells_no_tag(
    client: Any, door: Door, dicom: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("SECRET-4711")

    monkeypatch.setattr(type(door.intake), "receive", broken)
    answer = client.post(API, content=dicom())
    assert answer.status_code == 500
    assert "SECRET" not in answer.text
    assert "SECRET" not in caplog.text
    assert "ValueError" in caplog.text


def test_every_answer_forbids_scripts_from_elsewhere(client: Any, send: Callable[..., Any]) -> None:
    for path in ("/", API, "/healthz", "/none", "/key"):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_markup_in_a_tag_stays_text(client: Any, door: Door, dicom: Any, read_all: Callable[[], int]) -> None:
    attack = "<script>alert(1)</script>"
    more = {"StudyDate": attack, "Manufacturer": attack, "BodyPartExamined": attack}
    views, modalities, patients = ({name: attack} for name in ("ViewPosition", "Modality", "PatientID"))
    for seed, changed in enumerate((views, modalities, patients, more)):
        client.post(API, content=dicom(seed=seed, **changed))
    assert read_all() == 4
    ids = [each["image_id"] for each in client.get(API).json()]
    pages = ["/", *(f"/images/{each}" for each in ids), *(f"{API}/{each}/reading.html" for each in ids)]
    texts = [client.get(path).text for path in pages]
    assert not [text for text in texts if "<script>a" in text or "<SCRIPT>a" in text]
    assert any("&lt;script&gt;" in text.lower() for text in texts)
