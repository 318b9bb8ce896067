"""The source image's header, made ready to be copied from: nothing invented, gaps filled with DICOM's empty value."""

import copy
import math
import os
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pydicom

from hilum.images.read import BARE_DICOM
from hilum.schema import DataError, Reading

PATIENT_AND_STUDY = (
    "SpecificCharacterSet", "TimezoneOffsetFromUTC", "PatientName", "PatientID", "IssuerOfPatientID",
    "PatientBirthDate", "PatientSex", "PatientAge", "PatientSize", "PatientWeight", "StudyInstanceUID", "StudyDate",
    "StudyTime", "StudyID", "StudyDescription", "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip
# Type 2: must be there, may be empty. Converted public images lack many of them.
MAY_BE_EMPTY = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID",
    "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip
UNKNOWN = ("19000101", "000000")  # date and time of what was made of an image that has none
NEEDED = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Rows", "Columns")
# What highdicom reads of an image. Neither patient nor dates, which it refuses where a source breaks the rules, nor a
# frame of reference: a projection has no place in the patient, and what is made of it would claim one.
READ = (
    *NEEDED, "Modality", "ImageType", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored",
    "HighBit", "PixelRepresentation", "PixelSpacing", "ImagerPixelSpacing", "PatientOrientation", "WindowCenter",
    "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction", "VOILUTSequence", "ModalityLUTSequence",
    "RescaleSlope", "RescaleIntercept", "RescaleType",
)  # fmt: skip


def is_dicom(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins as DICOM does."""
    with Path(path).open("rb") as file:
        content = file.read(132)
    return content[128:] == b"DICM" or content.startswith(BARE_DICOM)


def load_source(path: str | os.PathLike[str]) -> pydicom.Dataset:
    """The header of the image that was read, without its pixels.

    Raises:
        DataError: when it is no DICOM file, of whose patient and study an object could speak.
    """
    if not is_dicom(path):
        raise DataError(
            f"{path}: no DICOM file, so it names no patient and no study. Expected DICOM for sr, seg, sc, gsps and "
            "fhir (text, html and json take any image); wrap it first with its patient and study (img2dcm of DCMTK)."
        )
    return pydicom.dcmread(path, stop_before_pixels=True, force=True)


def ready(source: pydicom.Dataset, reading: Reading) -> pydicom.Dataset:
    """What an object is made from: the image's own header, without its patient, who is copied at the end.

    Raises:
        DataError: when it names no study, series or image, or is not the image that was read.
    """
    missing = [name for name in NEEDED if source.get(name) in (None, "")]
    if missing:
        raise DataError(
            f"{reading.image_id}: the DICOM header lacks {', '.join(missing)}, so nothing can refer to the image. "
            "Export it again from where it is kept."
        )
    if (source.Rows, source.Columns) != reading.pixels.shape:
        raise DataError(
            f"{reading.image_id}: the reading is of {reading.pixels.shape[1]} x {reading.pixels.shape[0]} pixels, the "
            f"source of {source.Columns} x {source.Rows}. Expected the image that was read."
        )
    made = pydicom.Dataset()
    copy_elements(source, made, READ)
    for name in MAY_BE_EMPTY:
        setattr(made, name, "")
    if not made.get("PatientOrientation"):
        made.pop("PatientOrientation", None)
    _keep_first_window(made)
    for item in (*made.get("VOILUTSequence", []), *made.get("ModalityLUTSequence", [])):
        if item["LUTData"].VR == "US":  # highdicom takes the other of the two ways to write a table
            item["LUTData"] = pydicom.DataElement("LUTData", "OW", np.array(item.LUTData, "<u2").tobytes())
    made.file_meta = copy.copy(source.file_meta)
    return made


def _keep_first_window(made: pydicom.Dataset) -> None:
    """The window that the image opens with; none where its numbers are none."""
    names = ("WindowCenter", "WindowWidth")
    found = [str(made.get(name, "")).strip("[]").split(",")[0] for name in names]
    made.pop("WindowCenterWidthExplanation", None)
    try:
        center, width = map(float, found)
    except ValueError:
        center, width = math.nan, math.nan
    if math.isfinite(center) and width >= 1:
        made.WindowCenter, made.WindowWidth = center, width
        return
    for name in (*names, "VOILUTFunction"):
        made.pop(name, None)


def copy_patient_and_study(source: pydicom.Dataset, made: pydicom.Dataset) -> None:
    """Patient and study as the source names them, right or wrong; what must be there and is not becomes empty."""
    for name in PATIENT_AND_STUDY:
        made.pop(name, None)
    copy_elements(source, made, PATIENT_AND_STUDY)
    for name in MAY_BE_EMPTY:
        if name not in made:
            setattr(made, name, "")


def copy_elements(source: pydicom.Dataset, made: pydicom.Dataset, names: Iterable[str]) -> None:
    """Elements as they stand in the source, those that break DICOM's rules among them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            if name in source:
                made.add(copy.deepcopy(source[name]))


def moment(source: pydicom.Dataset) -> tuple[str, str]:
    """Date and time of the image, which are those of what is made of it.

    A reading has no moment of its own: the same reading twice must give the same object, byte for byte.
    """
    for name in ("Content", "Acquisition", "Series", "Study"):
        date = str(source.get(f"{name}Date") or "")
        if len(date) == 8 and date.isdigit():
            return date, _time(str(source.get(f"{name}Time") or ""))
    return UNKNOWN


def _time(said: str) -> str:
    figures = said.split(".")[0]
    return figures if len(figures) == 6 and figures.isdigit() else "000000"
