"""Tables as a reader sees them, and as files to take along."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from hilum.reports.page import data_uri
from hilum.schema.formatting import MISSING, ends, is_number, number


@dataclass(frozen=True)
class Cell:
    """A text, and the interval beside it."""

    text: str
    interval: str = ""


@dataclass(frozen=True)
class Column:
    """A heading; `number` sets the column flush right."""

    name: str
    number: bool = True


@dataclass(frozen=True)
class Row:
    """Cells of one row; `strong` sets a mean apart."""

    cells: Sequence[Cell]
    strong: bool = False


@dataclass(frozen=True)
class Grid:
    """A table for reading."""

    columns: Sequence[Column]
    rows: Sequence[Row] = field(default_factory=list)

    @property
    def wide(self) -> bool:
        """Whether intervals must stand below their values to fit a page."""
        most = max((sum(bool(cell.interval) for cell in row.cells) for row in self.rows), default=0)
        return most > 3 or (most > 0 and len(self.columns) > 6)


@dataclass(frozen=True)
class File:
    """A file that travels inside the page."""

    kind: str
    name: str
    text: str
    media_type: str
    shown: bool = True  # also as text to copy

    @property
    def uri(self) -> str:
        """Its content as an address."""
        return data_uri(self.text.encode(), self.media_type)


def exports(table: pd.DataFrame, raw: pd.DataFrame, name: str) -> list[File]:
    """All rows as CSV to six digits; the table as Markdown and LaTeX."""
    from hilum.evaluation.export import latex, markdown  # with it comes the whole of evaluation, and SciPy

    rows = raw.to_csv(index=False, lineterminator="\n", float_format="%.6g")
    return [
        File("CSV", f"{name}.csv", rows, "text/csv", shown=False),
        File("Markdown", f"{name}.md", markdown(table), "text/markdown"),
        File("LaTeX", f"{name}.tex", latex(table), "text/x-tex"),
    ]


def shown(value: object, low: object = None, high: object = None, places: int = 3, *, too_few: bool = False) -> Cell:
    """A number and its interval, both to the same places; `too_few` as in `hilum.evaluation.export.ends`.

    >>> shown(0.81234, 0.79, 0.8333)
    Cell(text='0.812', interval='(0.790–0.833)')
    >>> shown(float("nan")).text
    '–'
    """
    return Cell(number(value, places), ends(low, high, places, too_few=too_few)) if is_number(value) else Cell(MISSING)


def share(part: float, whole: float) -> str:
    """A part of a whole in percent.

    >>> share(3, 4)
    '75.0 %'
    """
    return f"{100 * part / whole:.1f} %" if whole else MISSING
