"""The table of concepts, against check digits and pydicom's copy of DICOM PS3.16."""

import pytest
from pydicom.sr._concepts_dict import concepts

from hilum.outputs.codes import PRIVATE, Concept, concept, table
from hilum.schema.findings import NIH14, key

ROWS = sorted(table().items())
# Verhoeff 1969: the dihedral group of order 10, and the permutation by position.
TIMES = [[(a + b) % 5 if a < 5 and b < 5 else 5 + (a + b) % 5 if a < 5 else 5 + (a - b) % 5 if b < 5 else (a - b) % 5
          for b in range(10)] for a in range(10)]  # fmt: skip
TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def sound(number: str) -> bool:
    """Whether the last figure of a SNOMED CT identifier fits the others."""
    check, permuted = 0, list(range(10))
    for figure in reversed(number):
        check = TIMES[check][permuted[int(figure)]]
        permuted = [TURN[each] for each in permuted]
    return check == 0


@pytest.mark.parametrize("number", ["129614006", "60567007", "78381009", "300928002", "73122008"])
def test_invented_numbers_of_other_projects_are_told(number: str) -> None:
    assert not sound(number)


def test_the_worked_example_of_the_check_digit() -> None:
    assert sound("2363")
    assert not sound("2364")


@pytest.mark.parametrize(("place", "row"), ROWS, ids=["-".join(place) for place, _ in ROWS])
def test_a_concept_is_sound(place: tuple[str, str], row: Concept) -> None:
    assert 0 < len(row.value) <= 16
    assert 0 < len(row.meaning) <= 64
    assert row.source
    if row.scheme == "SCT":
        assert sound(row.value)
    if row.scheme == PRIVATE:
        assert row.source.startswith("private")


def test_codes_that_the_standard_knows_mean_the_same_there() -> None:
    """Meanings agree in a word at least; LOINC's 43468-8 has another name among DICOM's titles of documents."""
    known = {
        (scheme, value): meaning
        for scheme in ("SCT", "DCM", "LN", "UCUM")
        for codes in concepts[scheme].values()
        for value, (meaning, _) in codes.items()
    }
    shared = [row for _, row in ROWS if (row.scheme, row.value) in known and row.value != "43468-8"]
    assert len(shared) > 20
    for row in shared:
        words = set(known[row.scheme, row.value].lower().split())
        assert words & set(row.meaning.lower().split()), (row, known[row.scheme, row.value])


def test_every_finding_of_nih_has_a_concept_and_others_a_private_one() -> None:
    assert {("finding", key(name)) for name in NIH14} <= set(table())
    assert len({concept("finding", name).value for name in NIH14}) == len(NIH14)
    assert concept("finding", "Enlarged Cardiomediastinum").scheme == PRIVATE
    assert len(concept("finding", "Enlarged Cardiomediastinum").value) <= 16
