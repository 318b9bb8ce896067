"""One Reading, written for other systems: DICOM SR, SEG, SC and GSPS; FHIR; findings in words."""

from collections.abc import Callable
from typing import TypeAlias

import pydicom

from hilum.registry import Registry
from hilum.schema import Reading

Writer: TypeAlias = Callable[[Reading, pydicom.Dataset], list[pydicom.Dataset]]
Document: TypeAlias = Callable[[Reading, pydicom.Dataset | None], str]

writers = Registry("hilum.outputs", "writer")
documents = Registry("hilum.outputs.plain", "document")

__all__ = ["Document", "Writer", "documents", "writers"]
