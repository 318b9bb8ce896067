"""The libraries that DICOM objects and FHIR need, asked for when the first is written."""

import importlib
from types import ModuleType
from typing import Any

from hilum.schema import DependencyError

EXTRA = "pip install 'hilum[outputs]'"


def highdicom(part: str = "") -> ModuleType:
    """highdicom, or a part of it such as `sr`.

    Raises:
        DependencyError: when it is not installed.
    """
    try:
        import highdicom as found
    except ImportError as error:
        raise DependencyError(f"DICOM objects are written by highdicom, which is not installed: {EXTRA}") from error
    return importlib.import_module(f"highdicom.{part}") if part else found


def bundle_model() -> Any:
    """The model of a FHIR R4B Bundle, which checks what it is given.

    Raises:
        DependencyError: when fhir.resources is not installed.
    """
    try:
        from fhir.resources.R4B.bundle import Bundle
    except ImportError as error:
        raise DependencyError(f"FHIR is checked by fhir.resources, which is not installed: {EXTRA}") from error
    return Bundle
