"""The bundle sent twice to the stand-in for a FHIR server."""

import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("fhir.resources")

from hilum.outputs import documents
from hilum.outputs.source import load_source
from hilum.schema import Reading

PLACE = Path(__file__).parents[2] / "serve" / "fhir_stand_in.py"


@pytest.fixture(scope="module")
def stand_in() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fhir_stand_in", PLACE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_twice_is_once_and_another_model_shares_the_study(
    make_source: Callable[..., Path], make_reading: Callable[[Path], Reading], stand_in: ModuleType
) -> None:
    path = make_source()
    source, reading, store = load_source(path), make_reading(path), stand_in.Store()
    bundle = json.loads(documents["fhir"](reading, source))
    first, second = (store.transact(bundle) for _ in range(2))
    assert {each["response"]["status"] for each in first["entry"]} == {"201"}
    assert {each["response"]["status"] for each in second["entry"]} == {"200"}
    assert len(store.resources) == len(bundle["entry"])
    other = replace(reading, provenance=dict(reading.provenance) | {"run": "another"})
    store.transact(json.loads(documents["fhir"](other, source)))
    kinds = [place.partition("/")[0] for place in store.resources]
    assert (kinds.count("ImagingStudy"), kinds.count("DiagnosticReport"), kinds.count("Device")) == (1, 2, 2)
    study = next(place for place in store.resources if place.startswith("ImagingStudy/"))
    reports = [each for each in store.resources.values() if each["resourceType"] == "DiagnosticReport"]
    assert all(each["imagingStudy"] == [{"reference": study}] for each in reports)


def test_the_stand_in_refuses_what_a_server_refuses(
    make_source: Callable[..., Path], make_reading: Callable[[Path], Reading], stand_in: ModuleType
) -> None:
    path = make_source()
    text, store = documents["fhir"](make_reading(path), load_source(path)), stand_in.Store()
    for spoil, words in (
        (lambda bundle: bundle["entry"].pop(0), "leads to no entry"),
        (lambda bundle: bundle["entry"].append(bundle["entry"][0]), "asked for twice"),
        (lambda bundle: bundle["entry"][0]["request"].update(method="PUT"), "PUT ImagingStudy"),
    ):
        bundle = json.loads(text)
        spoil(bundle)
        with pytest.raises(stand_in.Refused, match=words):
            store.transact(bundle)
    assert store.resources == {}
