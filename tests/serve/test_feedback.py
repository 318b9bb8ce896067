import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hilum.evaluation.readings import read_readings
from hilum.schema import Findings, Predictions
from hilum.serve import feedback
from hilum.serve.door import Door

API = "/api/v1/images"


@pytest.fixture
def image_id(client: Any, dicom: Any, read_all: Callable[[], int]) -> str:
    sent = client.post(API, content=dicom()).json()["images"][0]["image_id"]
    read_all()
    return str(sent)


def say(client: Any, image_id: str, finding: str, agrees: bool, **more: str) -> Any:
    return client.post(f"{API}/{image_id}/feedback", json={"finding": finding, "agrees": agrees, **more})


def test_the_last_word_of_a_reader_counts(client: Any, image_id: str) -> None:
    assert say(client, image_id, "Mass", True, reader="A").status_code == 200
    assert say(client, image_id, "Mass", False, reader="A", note="<b>no</b>").status_code == 200
    assert say(client, image_id, "Mass", True, reader="B").status_code == 200
    said = client.get(f"{API}/{image_id}/feedback").json()
    assert [(each["reader"], each["agrees"], each["note"]) for each in said] == [
        ("A", False, "<b>no</b>"), ("B", True, "")
    ]  # fmt: skip


def test_what_is_no_feedback_is_refused(client: Any, image_id: str) -> None:
    assert say(client, image_id, "Cough", True).status_code == 422
    assert say(client, image_id, "Mass", True, note="x" * 2001).status_code == 422
    assert say(client, image_id, "Mass", True, reader=" ").status_code == 422
    assert say(client, "0" * 24, "Mass", True).status_code == 404


def test_a_reader_study_comes_of_it(client: Any, image_id: str, tmp_path: Path) -> None:
    """Mass is called and Nodule is not: who disagrees says the opposite."""
    say(client, image_id, "Mass", True, reader="A")
    say(client, image_id, "Nodule", False, reader="A")
    say(client, image_id, "Mass", False, reader="B")
    (tmp_path / "readings.csv").write_bytes(client.get("/api/v1/feedback/readings.csv").content)
    tables = read_readings(tmp_path / "readings.csv", Findings.of(["Mass", "Nodule"])).tables
    calls = {reader: table.table.set_index("image_id").loc[image_id] for (_, reader), table in tables.items()}
    assert (calls["A"]["Mass"], calls["A"]["Nodule"], calls["B"]["Mass"]) == (1, 1, 0)
    assert pd.isna(calls["B"]["Nodule"])
    (tmp_path / "model.csv").write_bytes(client.get("/api/v1/feedback/predictions.csv").content)
    model = Predictions.load(tmp_path / "model.csv")
    assert list(model.table.image_id) == [image_id]
    status = client.get(f"{API}/{image_id}").json()
    assert model.table["Mass"].iloc[0] == pytest.approx(status["summary"]["probabilities"]["Mass"])


def test_what_is_forgotten_is_gone_from_the_file(door: Door, client: Any, image_id: str) -> None:
    say(client, image_id, "Mass", True)
    feedback.forget(door.settings.folder, {"f" * 24})
    assert image_id in (door.settings.folder / feedback.FILE).read_text()
    feedback.forget(door.settings.folder, {image_id})
    assert (door.settings.folder / feedback.FILE).read_text() == ""


def test_an_empty_table_has_its_columns(door: Door) -> None:
    written = feedback.readings_table(door.database).to_csv(index=False)
    assert list(pd.read_csv(io.StringIO(written)).columns) == ["image_id", "reader"]
