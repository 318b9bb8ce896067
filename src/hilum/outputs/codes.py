"""Coded concepts: one table, each with where its code was verified, and a private code where none was.

Several public projects carry invented SNOMED CT numbers; the tests check every check digit, and every code that
pydicom's copy of DICOM PS3.16 knows. SNOMED CT is the property of SNOMED International: the table holds a number and a
short meaning of what is used here, and whoever uses it in a clinic needs an affiliate's license.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from hilum.schema.findings import display, key

PRIVATE = "99HILUM"
PRIVATE_NAME = "Hilum private codes"
SYSTEMS = {  # DICOM's designators as FHIR's addresses
    "SCT": "http://snomed.info/sct",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "LN": "http://loinc.org",
    "UCUM": "http://unitsofmeasure.org",
    PRIVATE: "urn:hilum:codes",
}


@dataclass(frozen=True)
class Concept:
    """A coded concept.

    Args:
        value: the code, at most 16 characters.
        scheme: DICOM's coding scheme designator.
        meaning: in words, at most 64 characters.
        site: of a finding, the structure in which it always lies; empty where that is not one.
        source: where value and meaning were verified.
    """

    value: str
    scheme: str
    meaning: str
    site: str = ""
    source: str = ""


def concept(group: str, name: str) -> Concept:
    """The concept of a name; a private one where the table has none.

    Args:
        group: `finding`, `structure`, `measurement`, `call` …: the first column of the table.
        name: of any spelling that `schema.findings` takes for the same.

    >>> concept("finding", "Pleural effusion").value, concept("finding", "Fracture").scheme
    ('60046008', '99HILUM')
    """
    known = table().get((group, key(name)))
    if known:
        return known
    value = re.sub(r"[^a-z0-9]", "", key(name))[:16] or "unnamed"
    return Concept(value, PRIVATE, display(name)[:64], source="private: not in the table")


@cache
def table() -> dict[tuple[str, str], Concept]:
    """All verified concepts, by group and name."""
    lines = (files("hilum.outputs") / "codes.csv").read_text(encoding="utf-8").splitlines()
    return {(row.pop("group"), key(row.pop("name"))): Concept(**row) for row in csv.DictReader(lines)}
