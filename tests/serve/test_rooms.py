"""The pages without a browser: filters, search, a patient's other images, the key."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from hilum.images import Image
from hilum.serve.door import Door
from hilum.serve.made import deep
from hilum.serve.worklist import Filters, images

ReadAll = Callable[[], int]
API = "/api/v1/images"


def sent(client: Any, content: bytes) -> str:
    return str(client.post(API, content=content).json()["images"][0]["image_id"])


def test_filters_by_state_view_and_finding(client: Any, door: Door, dicom: Any, read_all: ReadAll) -> None:
    read = sent(client, dicom())
    failed = sent(client, dicom(seed=1, Modality="CT"))
    lateral = sent(client, dicom(seed=2, ViewPosition="LL"))
    read_all()
    waiting = sent(client, dicom(seed=3))

    def ids(**filters: str) -> set[str]:
        return {each["image_id"] for each in images(door.database, Filters(**filters), door.intake.secret)}

    assert ids() == {read, failed, lateral, waiting}
    assert ids(state="waiting") == {waiting}
    assert ids(state="failed") == {failed}
    assert ids(view="LATERAL") == {lateral}
    assert ids(finding="Mass") == {read, lateral}
    assert ids(finding="Nodule") == set()
    first = images(door.database, Filters(), door.intake.secret)[0]
    assert first["image_id"] in (read, lateral)  # findings above their points come first
    assert images(door.database, Filters(order="arrival"), door.intake.secret)[0]["image_id"] == waiting


def test_a_study_is_found_by_whole_words_that_stand_in_no_address(client: Any, dicom: Any, read_all: ReadAll) -> None:
    ours = sent(client, dicom(AccessionNumber="ACC-1", PatientID="P1"))
    other = sent(client, dicom(seed=1, AccessionNumber="ACC-2", PatientID="P2"))
    read_all()
    for words in ("ACC-1", "P1"):
        answer = client.post("/search", data={"words": words})
        assert answer.status_code == 200
        assert f"/images/{ours}" in answer.text
        assert f"/images/{other}" not in answer.text
        assert words not in str(answer.url)
    assert f"/images/{ours}" not in client.post("/search", data={"words": "ACC"}).text


def test_the_same_patients_images_stand_beside_each_other(client: Any, dicom: Any, read_all: ReadAll) -> None:
    now = sent(client, dicom(StudyDate="20260102"))
    before = sent(client, dicom(seed=1, StudyDate="20250607"))
    stranger = sent(client, dicom(seed=2, PatientID="OTHER"))
    read_all()
    page = client.get(f"/images/{now}").text
    assert f'data-image="{before}"' in page
    assert "2025-06-07" in page
    assert f'data-image="{stranger}"' not in page


def test_a_readers_note_is_text_and_not_markup(client: Any, dicom: Any, read_all: ReadAll) -> None:
    image_id = sent(client, dicom())
    read_all()
    word = {"finding": "Mass", "agrees": False, "reader": "<b>R</b>", "note": "<script>alert(1)</script>"}
    assert client.post(f"{API}/{image_id}/feedback", json=word).status_code == 200
    page = client.get(f"/images/{image_id}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_browser_without_a_key_is_shown_the_form(client: Any, door: Door) -> None:
    door.keys.add("me", ["read"])
    answer = client.get("/", headers={"accept": "text/html"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/key")
    assert client.get("/", headers={"accept": "application/json"}).status_code == 401


@pytest.mark.parametrize(("depth", "most"), [(np.uint16, 65536), (np.uint8, 256)])
def test_the_viewers_picture_keeps_sixteen_bits(depth: Any, most: int) -> None:
    gray = np.random.default_rng(0).integers(0, most, (70, 80)).astype(depth)
    content = deep(Image(Path("a.png"), "PNG", gray))
    colors = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR).astype(int)
    assert np.array_equal(colors[..., 2] * 256 + colors[..., 1], gray.astype(int) * (65535 // (most - 1)))
