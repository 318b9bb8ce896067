"""What a DICOM header says of an image: view, side, spacing, sex, age; and nothing that names the patient."""

import math
import re

import pydicom

from hilum.schema.ages import age_in_years

VIEWS = {
    "PA": "PA", "AP": "AP", "LL": "LATERAL", "RL": "LATERAL", "LAT": "LATERAL", "LATERAL": "LATERAL",
    "LEFT LATERAL": "LATERAL", "RIGHT LATERAL": "LATERAL",
}  # fmt: skip
# DICOM PS3.16 CID 4010 (DX View) in SNOMED CT and in the older SNOMED RT.
VIEW_CODES = {
    "272479007": "PA", "R-10214": "PA", "R-40888": "PA",
    "399348003": "AP", "R-10206": "AP",
    "399067008": "LATERAL", "R-102CD": "LATERAL", "399173006": "LATERAL", "R-10236": "LATERAL",
    "399198007": "LATERAL", "R-10232": "LATERAL",
}  # fmt: skip
TECHNICAL = {
    "modality": "Modality",
    "view position": "ViewPosition",
    "body part": "BodyPartExamined",
    "patient orientation": "PatientOrientation",
    "manufacturer": "Manufacturer",
    "model": "ManufacturerModelName",
    "rows": "Rows",
    "columns": "Columns",
    "stored bits": "BitsStored",
    "photometric interpretation": "PhotometricInterpretation",
    "presentation LUT shape": "PresentationLUTShape",
    "window center": "WindowCenter",
    "window width": "WindowWidth",
    "window function": "VOILUTFunction",
}


def view(dataset: pydicom.Dataset) -> str | None:
    """`PA`, `AP` or `LATERAL` by View Position, else by the View Code Sequence; None for other views and for none."""
    named = VIEWS.get(_text(dataset, "ViewPosition").upper())
    if named:
        return named
    codes = (_text(item, "CodeValue") for item in dataset.get("ViewCodeSequence") or [])
    return next((VIEW_CODES[code] for code in codes if code in VIEW_CODES), None)


def laterality(dataset: pydicom.Dataset) -> str | None:
    """`L`, `R` or `B` (both) by Image Laterality, else Laterality."""
    sides = (_text(dataset, name).upper() for name in ("ImageLaterality", "Laterality"))
    return next((side for side in sides if side in ("L", "R", "B")), None)


def spacing_mm(dataset: pydicom.Dataset) -> tuple[float, float] | None:
    """Distance between rows and between columns; see `spacing_source` for where it was measured."""
    source = spacing_source(dataset)
    return _spacing(dataset, source) if source else None


def spacing_source(dataset: pydicom.Dataset) -> str | None:
    """`PixelSpacing` (at the patient, when calibrated), else `ImagerPixelSpacing` (at the detector, uncorrected)."""
    return next((name for name in ("PixelSpacing", "ImagerPixelSpacing") if _spacing(dataset, name)), None)


def sex(dataset: pydicom.Dataset) -> str | None:
    """`F` or `M`; None for others and unknown."""
    said = _text(dataset, "PatientSex").upper()
    return said if said in ("F", "M") else None


def age_years(dataset: pydicom.Dataset) -> float | None:
    """Patient's Age in years: `051Y`, `018M`, `003W`, `010D`, and the `51` of public sets."""
    years = age_in_years(_text(dataset, "PatientAge"))
    return None if math.isnan(years) else years


def code(dataset: pydicom.Dataset, keyword: str) -> str:
    """A code string such as `CR` or `MONOCHROME2`, for messages; empty when it is none.

    In a damaged header a value may run on into the next ones, the patient's name among them. What is no code string
    is therefore never shown.
    """
    said = _text(dataset, keyword)
    return said if re.fullmatch(r"[A-Z0-9_ ]{1,16}", said) else ""


def numbers(dataset: pydicom.Dataset, keyword: str, notes: list[str]) -> list[float]:
    """A value's numbers, in order; one that is none (`2048,5`) is nan and noted. Empty without the value."""
    found = []
    for part in filter(None, (part.strip() for part in _text(dataset, keyword).split("\\"))):
        try:
            found.append(float(part))
        except ValueError:
            found.append(math.nan)
    if any(not math.isfinite(number) for number in found):
        notes.append(f"{keyword}: not a number, left out")
    return found


def facts(dataset: pydicom.Dataset) -> dict[str, str]:
    """Technical facts in words, for a reading's page. No name, number, date or place."""
    said = {name: _text(dataset, keyword) for name, keyword in TECHNICAL.items()}
    said["transfer syntax"] = dataset.file_meta.TransferSyntaxUID.name
    said["spacing"] = spacing_source(dataset) or ""
    return {name: text for name, text in said.items() if text and len(text) <= 64 and text.isprintable()}


def _text(dataset: pydicom.Dataset, keyword: str) -> str:
    value = dataset.get(keyword)
    if isinstance(value, pydicom.multival.MultiValue):
        return "\\".join(str(part) for part in value)
    return "" if value is None else str(value).strip()


def _spacing(dataset: pydicom.Dataset, keyword: str) -> tuple[float, float] | None:
    parts = _text(dataset, keyword).split("\\")
    try:
        rows, columns = (float(part) for part in parts)
    except ValueError:
        return None
    return (rows, columns) if rows > 0 and columns > 0 and math.isfinite(rows + columns) else None
