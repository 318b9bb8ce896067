"""What all objects of a reading share: stable UIDs, dates, who made them, and the words that say what they are."""

import uuid
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from typing import Any

import pydicom

from hilum.outputs.codes import PRIVATE, PRIVATE_NAME
from hilum.outputs.extras import highdicom
from hilum.outputs.source import copy_patient_and_study, moment
from hilum.schema import Reading

version = cache(metadata.version)  # each UID asks for it, and it costs a millisecond
MAKER = "Hilum"
NOTICE = "For research, not a medical device."
SPACE = uuid.UUID("6f8b6a52-38a1-5b0e-9f0a-6f1c1d2f7f11")
LONGEST = 64  # characters of a description
SERIES = {"sr": 9201, "seg": 9202, "sc": 9203, "gsps": 9204}  # numbers beyond those of any modality


def stable_uid(reading: Reading, source: pydicom.Dataset, *parts: object) -> str:
    """A UID of what is said of an image: always the same for the same, another for another.

    Source: DICOM PS3.5 B.2, a UUID as UID.
    """
    said = "|".join(map(str, (source.SOPInstanceUID, reading.digest, version("hilum"), *parts)))
    return f"2.25.{uuid.uuid5(SPACE, said).int}"


def device_uid(reading: Reading) -> str:
    """A UID of the program with its model, whatever it reads."""
    said = "|".join((version("hilum"), reading.model, str(reading.provenance.get("weights_sha256"))))
    return f"2.25.{uuid.uuid5(SPACE, said).int}"


def identity(reading: Reading, source: pydicom.Dataset, name: str, number: int = 1, *others: str) -> dict[str, Any]:
    """Series, instance and maker of an object, as highdicom's keywords.

    Args:
        reading: what it says.
        source: the image, made ready.
        name: of the writer, one series each.
        number: of the object within its series.
        others: formats that it refers to, without which it would be another object.
    """
    return {
        "series_instance_uid": stable_uid(reading, source, name),
        "series_number": SERIES[name],
        "sop_instance_uid": stable_uid(reading, source, name, number, *others),
        "instance_number": number,
        "manufacturer": MAKER,
    }


def device(reading: Reading) -> dict[str, Any]:
    """The program as a device: which model, which version."""
    return {
        "manufacturer_model_name": f"{MAKER} {reading.model}"[:64],
        "software_versions": version("hilum"),
        "device_serial_number": reading.weights,
    }


def finished(
    made: pydicom.Dataset, source: pydicom.Dataset, description: str, asked_for: Sequence[str] = ()
) -> pydicom.Dataset:
    """The object with patient, study and dates of the image, the series' words, and no chance in it.

    Args:
        made: what highdicom built.
        source: the image's own header.
        description: of the series.
        asked_for: attributes of type 2C of the image that belong here, empty where the image has none.
    """
    date, time = moment(source)
    for name in ("InstanceCreationDate", "InstanceCreationTime"):
        made.pop(name, None)
    for name in ("Content", "Series", "PresentationCreation"):
        if f"{name}Date" in made:
            setattr(made, f"{name}Date", date)
            setattr(made, f"{name}Time", time)
    for equipment in made.get("ContributingEquipmentSequence", []):
        equipment.ContributionDateTime = date + time
    copy_patient_and_study(source, made)
    made.SeriesDescription = f"Research, not reviewed: {description}, {_model(made)}"[:LONGEST]
    for name in asked_for:
        if name not in made:
            setattr(made, name, source.get(name) or "")
    return made


def _model(made: pydicom.Dataset) -> str:
    """The Run that read: of several, each has a series of every kind."""
    return str(made.get("ManufacturerModelName") or MAKER).removeprefix(f"{MAKER} ")


def coding_schemes() -> list[Any]:
    """What a receiver needs to know of our private codes."""
    return [
        highdicom("coding_schemes").CodingSchemeIdentificationItem(
            PRIVATE, name=PRIVATE_NAME, responsible_organization=MAKER
        )
    ]


def coded(concept: Any) -> Any:
    """A concept as highdicom's."""
    return highdicom("sr").CodedConcept(concept.value, concept.scheme, concept.meaning)
