"""FHIR R4B: a DiagnosticReport with its Observations and ImagingStudy, as a transaction that may be sent twice."""

import json
import uuid
from typing import Any

import pydicom

from hilum.outputs.codes import SYSTEMS, Concept, concept
from hilum.outputs.extras import bundle_model
from hilum.outputs.source import UNKNOWN, moment, ready
from hilum.outputs.stamp import MAKER, NOTICE, SPACE, device_uid, stable_uid
from hilum.registry import register
from hilum.schema import Assessment, DataError, Measurement, Reading
from hilum.schema.reading import DECIMALS

UIDS, URIS = "urn:dicom:uid", "urn:ietf:rfc:3986"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
SERVICE = "http://terminology.hl7.org/CodeSystem/v2-0074"
CALLS = {"present": "POS", "absent": "NEG", "not assessed": "IND"}
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


@register
def fhir(reading: Reading, source: pydicom.Dataset | None) -> str:
    """FHIR R4B transaction bundle: DiagnosticReport (preliminary), Observations, ImagingStudy, Device.

    Every entry is created only where none of its identifier exists, so the same bundle twice changes nothing. The
    patient is referred to by identifier, never by name. The report is preliminary: no program may write a final one.

    Raises:
        DataError: without a DICOM source, whose study the report is of.
    """
    if source is None:
        raise DataError(f"{reading.image_id}: no DICOM file, so there is no study to report. Write text or json of it.")
    ready(source, reading)
    bundle = _Bundle(reading, source).made()
    bundle_model().model_validate(bundle)
    return json.dumps(bundle, indent=2, ensure_ascii=False) + "\n"


class _Bundle:
    """The resources of one reading, which refer to each other."""

    def __init__(self, reading: Reading, source: pydicom.Dataset) -> None:
        self.reading, self.source = reading, source
        patient = str(source.get("PatientID") or "")
        self.subject = {
            "type": "Patient",
            **({"identifier": {"value": patient}} if patient else {"display": "not given"}),
        }

    def made(self) -> dict[str, Any]:
        findings = [self._finding(each) for each in self.reading.assessments]
        measured = [self._measured(each) for each in self.reading.measurements]
        observed = [*findings, *measured]
        entries = [self._study(), self._device(), *observed, self._report([each["fullUrl"] for each in observed])]
        return {"resourceType": "Bundle", "type": "transaction", "entry": entries}

    def _report(self, results: list[str]) -> dict[str, Any]:
        present = [concept("finding", each.finding).meaning for each in self.reading.called("present")]
        said = f"Called present: {', '.join(present)}." if present else "No finding was called present."
        return self._entry(
            "DiagnosticReport",
            "report",
            status="preliminary",
            category=[{"coding": [{"system": SERVICE, "code": "RAD"}]}],
            code=_codeable(concept("document", "any_radiograph")),
            subject=self.subject,
            **self._when(),
            imagingStudy=[{"reference": self._url("study")}],
            result=[{"reference": url} for url in results],
            conclusion=f"No physician has reviewed this. {NOTICE} {said}",
        )

    def _finding(self, assessment: Assessment) -> dict[str, Any]:
        numbers = {"probability": assessment.probability, "operating_point": assessment.threshold}
        parts = [
            {"code": _codeable(concept("measurement", name)), "valueQuantity": _quantity(value)}
            for name, value in numbers.items()
            if value is not None and value == value  # not a number: not said
        ]
        return self._observation(
            assessment.finding,
            _codeable(concept("finding", assessment.finding)),
            valueCodeableConcept=_codeable(concept("call", assessment.call)),
            interpretation=[{"coding": [{"system": INTERPRETATION, "code": CALLS[assessment.call]}]}],
            **({"component": parts} if parts else {}),
        )

    def _measured(self, measurement: Measurement) -> dict[str, Any]:
        code = _codeable(concept("measurement", measurement.name))
        return self._observation(measurement.name, code, valueQuantity=_quantity(measurement.value, measurement.unit))

    def _observation(self, name: str, code: dict[str, Any], **value: Any) -> dict[str, Any]:
        return self._entry(
            "Observation",
            f"observation {name}",
            status="preliminary",
            category=[{"coding": [{"system": CATEGORY, "code": "imaging"}]}],
            code=code,
            subject=self.subject,
            device={"reference": self._url("device")},
            **self._when(),
            derivedFrom=[{"reference": self._url("study")}],
            **value,
        )

    def _when(self) -> dict[str, str]:
        """The day of the image; FHIR takes no time without its zone."""
        date = moment(self.source)[0]
        return {} if date == UNKNOWN[0] else {"effectiveDateTime": f"{date[:4]}-{date[4:6]}-{date[6:]}"}

    def _study(self) -> dict[str, Any]:
        """The study, created only where the server does not know it by its UID."""
        uid, source = f"urn:oid:{self.source.StudyInstanceUID}", self.source
        instance = {
            "uid": str(source.SOPInstanceUID),
            "sopClass": {"system": URIS, "code": f"urn:oid:{source.SOPClassUID}"},
        }
        series = {
            "uid": str(source.SeriesInstanceUID),
            "modality": {"system": SYSTEMS["DCM"], "code": str(source.get("Modality") or "CR")},
            "instance": [instance],
        }
        study = {"resourceType": "ImagingStudy", "identifier": [{"system": UIDS, "value": uid}], "status": "available",
                 "subject": self.subject, "series": [series]}  # fmt: skip
        return _created(self._url("study"), study, UIDS, uid)

    def _device(self) -> dict[str, Any]:
        return self._entry(
            "Device",
            "device",
            type=_codeable(concept("algorithm", "artificial_intelligence")),
            deviceName=[{"name": f"{MAKER} {self.reading.model}", "type": "model-name"}],
            version=[{"value": f"weights sha256 {self.reading.provenance.get('weights_sha256', 'unknown')}"}],
            manufacturer=MAKER,
        )

    def _entry(self, kind: str, what: str, **fields: Any) -> dict[str, Any]:
        uid = device_uid(self.reading) if kind == "Device" else stable_uid(self.reading, self.source, "fhir", what)
        value = f"urn:oid:{uid}"
        resource = {"resourceType": kind, "identifier": [{"system": URIS, "value": value}], **fields}
        return _created(self._url(what), resource, URIS, value)

    def _url(self, what: str) -> str:
        return uuid.uuid5(SPACE, stable_uid(self.reading, self.source, "fhir", what)).urn


def _created(url: str, resource: dict[str, Any], system: str, value: str) -> dict[str, Any]:
    request = {"method": "POST", "url": resource["resourceType"], "ifNoneExist": f"identifier={system}|{value}"}
    return {"fullUrl": url, "resource": resource, "request": request}


def _codeable(found: Concept) -> dict[str, Any]:
    coding = {"system": SYSTEMS[found.scheme], "code": found.value, "display": found.meaning}
    return {"coding": [coding], "text": found.meaning}


def _quantity(value: float, unit: str = "1") -> dict[str, Any]:
    return {"value": round(float(value), DECIMALS), "system": SYSTEMS["UCUM"], "code": unit, "unit": unit}
