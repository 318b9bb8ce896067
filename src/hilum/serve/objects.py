"""DICOM objects and FHIR of one reading, for the DICOM image that it is of."""

import io
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pydicom

from hilum.outputs import documents, writers
from hilum.outputs.save import objects_of as made_of
from hilum.outputs.source import load_source
from hilum.schema import ConfigError, DependencyError, HilumError, Reading
from hilum.serve import results

FHIR = "fhir"


def check_formats(names: Sequence[str]) -> tuple[str, ...]:
    """The formats to write: those named, or all where the extra that writes them is installed, else none.

    Raises:
        ConfigError: for a name that is none.
        DependencyError: when they are asked for and the extra is missing.
    """
    known = (*writers, FHIR)
    strange = [name for name in names if name not in known]
    if strange:
        raise ConfigError(f"There is no object '{strange[0]}'. Expected some of: {', '.join(known)}.")
    there = all(find_spec(name) is not None for name in ("highdicom", "fhir"))
    if names and not there:
        raise DependencyError("DICOM objects and FHIR need: pip install 'hilum[serve,outputs]'.")
    return tuple(names) or (known if there else ())


def objects_of(
    reading: Reading, file: Path, formats: Sequence[str]
) -> tuple[list[dict[str, str]], dict[str, bytes], list[str]]:
    """What is written of a reading.

    Args:
        reading: of one image.
        file: that image, DICOM.
        formats: of `check_formats`.

    Returns:
        A row an object, the members of the result, and which formats could not be written, each with its reason.
    """
    rows: list[dict[str, str]] = []
    members: dict[str, bytes] = {}
    missing: list[str] = []
    source = load_source(file) if formats else pydicom.Dataset()
    for name in formats:
        try:
            if name == FHIR:
                members[results.FHIR] = documents[FHIR](reading, source).encode()
                continue
            for made in made_of(name, reading, source, beside=formats):
                row = _row(made)
                rows.append(row)
                members[row["member"]] = _bytes(made)
        except HilumError as error:
            missing.append(f"{name}: {str(error).replace(f'{reading.image_id}: ', '')}")
        except OSError:  # no fault of the image: another attempt may do
            raise
        except Exception as error:  # what a library makes of a broken header; its words could quote a tag
            missing.append(f"{name}: the image's header does not allow it ({type(error).__name__}).")
    return rows, members, missing


def _row(made: pydicom.Dataset) -> dict[str, str]:
    return {
        "sop_uid": str(made.SOPInstanceUID),
        "sop_class": str(made.SOPClassUID),
        "study_uid": str(made.StudyInstanceUID),
        "series_uid": str(made.SeriesInstanceUID),
        "modality": str(made.Modality),
        "member": f"{results.OBJECTS}{made.SOPInstanceUID}.dcm",
    }


def _bytes(made: pydicom.Dataset) -> bytes:
    written = io.BytesIO()
    with pydicom.config.disable_value_validation():  # what the source says wrongly is written as it stands
        made.save_as(written, enforce_file_format=True)
    return written.getvalue()
