"""Owners' tables with one cell wrong, empty or no rows at all: noted or refused by name, never a traceback."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hilum.datasets import datasets
from hilum.schema import HilumError

Make = Callable[[str], Path]
FIXTURES = Path(__file__).parent / "fixtures"
OWN = (
    "chexpert", "mimic_cxr", "nih14", "padchest", "rsna_pneumonia", "siim_pneumothorax", "vindr_cxr",
)  # fmt: skip
OPTIONS: dict[str, dict[str, bool]] = {"mimic_cxr": {"readers": True}, "rsna_pneumonia": {"unlabeled": True}}


def cells() -> Iterator[tuple[str, str, int]]:
    """The columns of each table; of the many alike that name findings, some."""
    for name in OWN:
        for path in sorted((FIXTURES / name).rglob("*.csv")):
            with path.open(newline="") as text:
                columns = range(len(next(csv.reader(text))))
            table = str(path.relative_to(FIXTURES / name))
            yield from ((name, table, place) for place in columns if place < 9 or place % 8 == 0)


CELLS = list(cells())


def test_there_are_tables_to_spoil() -> None:
    assert len(CELLS) > 80
    assert {name for name, _, _ in CELLS} == set(OWN)


def write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="") as text:
        csv.writer(text).writerows(rows)


def refusal(name: str, root: Path) -> str:
    """The message with which the folder is refused; empty when it is read."""
    try:
        datasets[name](root, **OPTIONS.get(name, {}))
    except HilumError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("word", ["word", ""])
@pytest.mark.parametrize(("name", "table", "column"), CELLS)
def test_a_spoiled_cell_is_no_traceback(owners_folder: Make, name: str, table: str, column: int, word: str) -> None:
    root = owners_folder(name)
    with (root / table).open(newline="") as text:
        rows = list(csv.reader(text))
    row = next(
        (row for row in rows[1:] if row[column].strip() not in ("", "-1")), rows[1]
    )  # a cell that says something
    row[column] = word
    write(root / table, rows)
    message = refusal(name, root)
    assert message == "" or len(message) > 40  # it says what was expected


@pytest.mark.parametrize(("name", "table"), sorted({(name, table) for name, table, _ in CELLS}))
def test_a_header_alone_is_no_traceback(owners_folder: Make, name: str, table: str) -> None:
    root = owners_folder(name)
    write(root / table, [(root / table).read_text().splitlines()[0].split(",")])
    message = refusal(name, root)
    assert message == "" or len(message) > 40
