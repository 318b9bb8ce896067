import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fhir.resources.R4B.diagnosticreport import DiagnosticReport
from fhir.resources.R4B.observation import Observation

from hilum.outputs import documents
from hilum.outputs.source import load_source
from hilum.schema import DataError, Reading

Make, Read = Callable[..., Path], Callable[[Path], Reading]


def resources(text: str, kind: str) -> list[dict]:  # type: ignore[type-arg]
    return [each["resource"] for each in json.loads(text)["entry"] if each["resource"]["resourceType"] == kind]


def test_report_and_observations(make_source: Make, make_reading: Read) -> None:
    path = make_source()
    text = documents["fhir"](make_reading(path), load_source(path))
    (report,) = resources(text, "DiagnosticReport")
    assert DiagnosticReport.model_validate(report).status == "preliminary"
    assert "No physician has reviewed this" in report["conclusion"]
    assert "Lung mass" in report["conclusion"]
    observations = resources(text, "Observation")
    assert len(observations) == len(report["result"]) == 5
    for each in observations:
        Observation.model_validate(each)
    mass, effusion, pleura, _, ratio = observations
    assert mass["valueCodeableConcept"]["coding"][0]["code"] == "52101004"
    assert [part["valueQuantity"]["value"] for part in mass["component"]] == [0.8123, 0.5]
    assert effusion["valueCodeableConcept"]["text"] == "Absent"
    assert [part["code"]["text"] for part in pleura["component"]] == ["Operating point of the algorithm"]
    assert ratio["valueQuantity"]["value"] == 0.5123
    assert mass["effectiveDateTime"] == "2025-01-02"


def test_it_can_be_sent_twice(make_source: Make, make_reading: Read) -> None:
    """Every entry is created on condition, by an identifier that is the same each time; references stay inside."""
    path = make_source()
    text = documents["fhir"](make_reading(path), load_source(path))
    assert text == documents["fhir"](make_reading(path), load_source(path))
    entries = json.loads(text)["entry"]
    for each in entries:
        held = each["resource"]["identifier"][0]
        assert each["request"]["ifNoneExist"] == f"identifier={held['system']}|{held['value']}"
    urls = {each["fullUrl"] for each in entries}
    assert len(urls) == len(entries)
    referred = {line.split('"')[3] for line in text.splitlines() if '"reference"' in line}
    assert referred
    assert referred <= urls


def test_the_patient_is_an_identifier_and_no_name(make_source: Make, make_reading: Read) -> None:
    path = make_source()
    text = documents["fhir"](make_reading(path), load_source(path))
    assert "SECRET-4711" in text
    assert "Secret^" not in text
    assert "1950" not in text
    nameless = make_source("nameless.dcm", PatientID=None)
    assert '"display": "not given"' in documents["fhir"](make_reading(nameless), load_source(nameless))


def test_without_a_study_there_is_no_report(make_source: Make, make_reading: Read) -> None:
    with pytest.raises(DataError, match="no study to report"):
        documents["fhir"](make_reading(make_source()), None)
