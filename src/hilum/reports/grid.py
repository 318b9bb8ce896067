"""Tables as a reader sees them, and as files to take along."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from hilum.reports.page import data_uri

NOTHING = "–"


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
        return max((sum(bool(cell.interval) for cell in row.cells) for row in self.rows), default=0) > 3

    def markdown(self) -> str:
        """The table in Markdown, intervals in brackets."""
        align = "".join(" ---: |" if column.number else " --- |" for column in self.columns)
        lines = [_line(column.name for column in self.columns), f"|{align}"]
        return "\n".join([*lines, *(_line(_plain(cell) for cell in row.cells) for row in self.rows)]) + "\n"

    def latex(self) -> str:
        """The table for LaTeX with booktabs rules."""
        align = "".join("r" if column.number else "l" for column in self.columns)
        head = " & ".join(_latex(column.name) for column in self.columns)
        body = [" & ".join(_latex(_plain(cell)) for cell in row.cells) + r" \\" for row in self.rows]
        top, middle, end = r"\toprule", r"\midrule", r"\bottomrule"
        lines = [rf"\begin{{tabular}}{{{align}}}", top, rf"{head} \\", middle, *body, end, r"\end{tabular}"]
        return "\n".join(lines) + "\n"


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


def exports(grid: Grid, raw: pd.DataFrame, name: str) -> list[File]:
    """All rows as CSV to six digits; the table as Markdown and LaTeX."""
    table = raw.to_csv(index=False, lineterminator="\n", float_format="%.6g")
    return [
        File("CSV", f"{name}.csv", table, "text/csv", shown=False),
        File("Markdown", f"{name}.md", grid.markdown(), "text/markdown"),
        File("LaTeX", f"{name}.tex", grid.latex(), "text/x-tex"),
    ]


def shown(value: object, low: object = None, high: object = None, places: int = 3) -> Cell:
    """A number and its interval, both to the same places.

    >>> shown(0.81234, 0.79, 0.8333)
    Cell(text='0.812', interval='(0.790–0.833)')
    >>> shown(-0.01, -0.02, 0.005).interval
    '(−0.020 to 0.005)'
    >>> shown(float("nan")).text
    '–'
    """
    if not is_number(value):
        return Cell(NOTHING)
    if not (is_number(low) and is_number(high)):
        return Cell(number(value, places))
    joint = " to " if float(low) < 0 else "–"  # type: ignore[arg-type]  # numbers, as just tested
    return Cell(number(value, places), f"({number(low, places)}{joint}{number(high, places)})")


def number(value: object, places: int = 3) -> str:
    """A number with a true minus sign and thousands apart; counts with `places=0`.

    >>> number(25596, 0)
    '25,596'
    """
    return f"{float(value):,.{places}f}".replace("-", "−")  # type: ignore[arg-type]  # a number, by contract


def share(part: float, whole: float) -> str:
    """A part of a whole in percent.

    >>> share(3, 4)
    '75.0 %'
    """
    return f"{100 * part / whole:.1f} %" if whole else NOTHING


def is_number(value: object) -> bool:
    """Whether a value was measured: a number, and not NaN."""
    return isinstance(value, (int, float)) and not math.isnan(value)


def _plain(cell: Cell) -> str:
    return f"{cell.text} {cell.interval}".strip()


def _line(texts: object) -> str:
    return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |"  # type: ignore[attr-defined]


def _latex(text: str) -> str:
    for sign in "&%$#_{}":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("−", "$-$").replace("–", "--")
