"""Tables as owners write them, read one way everywhere: cells of text, stripped; only the empty one is missing."""

import bz2
import codecs
import csv
import gzip
import io
import lzma
import os
from pathlib import Path

import numpy as np
import pandas as pd

from hilum.schema.errors import ConfigError, DataError, DependencyError, listed

PACKED = {b"\x1f\x8b": gzip.decompress, b"BZh": bz2.decompress, b"\xfd7zXZ": lzma.decompress}
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
EXCEL = (".xlsx", ".xlsm")
TABS = (".tsv", ".tab")
# Besides white space: what is not seen and makes two cells of one (zero-width characters, the byte order mark).
EDGES = " \t\r\n\v\f\x00\x85\xa0\u1680\u180e\u2028\u2029\u202f\u205f\u2060\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x2010))
)


def read_cells(
    path: str | os.PathLike[str],
    *,
    separator: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> pd.DataFrame:
    """A table's cells as text, by the names in its first row.

    Nothing is made of a cell: `NA`, `None` and `0012` stay what they are. White space around a cell, also the kind that
    is not seen, is no part of it. A cell with nothing in it is missing, and a row of such cells is no row.

    Args:
        path: CSV or TSV (also packed, as `.csv.gz`), Parquet, or Excel (`.xlsx`, needs openpyxl).
        separator: between cells; a tab in `.tsv` and a comma elsewhere if left out.
        encoding: of the text; UTF-8 if left out, or what the file's byte order mark says.
        sheet: of an Excel file; its first one if left out.

    Raises:
        DataError: when the file is no such table, holds no names or one twice, or a row is longer than the names.
        DependencyError: for an Excel file without openpyxl.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file. Expected a table as CSV, TSV, Parquet or Excel.")
    try:
        if path.suffix.lower() == ".parquet":
            table = pd.read_parquet(path)
            return _stripped(pd.DataFrame({str(name): _as_text(table[name]) for name in table}))
        grid = _sheet(path, sheet) if path.suffix.lower() in EXCEL else _grid(path, separator, encoding)
    except (ValueError, OSError, EOFError, csv.Error, lzma.LZMAError, KeyError) as error:
        raise DataError(f"{path}: not a readable table ({error}). Expected CSV, TSV, Parquet or Excel.") from error
    return _named(_stripped(grid), path)


def need_rows(table: pd.DataFrame, path: str | os.PathLike[str]) -> pd.DataFrame:
    """The table; an error when it holds its column names alone."""
    if table.empty:
        raise DataError(f"{path}: a header without rows. Expected rows below it: give the whole table.")
    return table


def as_cells(column: pd.Series) -> "pd.Series[str]":
    """A column as text without the white space around it; missing where nothing is left."""
    text: pd.Series[str] = column.astype("str").str.strip(EDGES)
    return text.mask(text == "")


# --- text -------------------------------------------------------------------------------------------------------------


def _grid(path: Path, separator: str | None, encoding: str | None) -> pd.DataFrame:
    """The rows of a CSV, its names among them."""
    text = _text(path, encoding)
    name = path.name.lower().removesuffix(".gz").removesuffix(".bz2").removesuffix(".xz")
    separator = separator or ("\t" if name.endswith(TABS) else ",")
    first = next((row for row in csv.reader(io.StringIO(text), delimiter=separator) if row), None)
    if first is None:
        raise ValueError("an empty file")
    grid = pd.read_csv(
        io.StringIO(text),
        sep=separator,
        header=None,
        names=list(range(len(first) + 1)),  # one more than there are names: a comma at the end of a row is no cell
        dtype="str",
        keep_default_na=False,
        na_values=[""],
        index_col=False,
        skipinitialspace=True,
    )
    beyond = grid.iloc[:, -1]
    if beyond.notna().any():
        row = int(np.flatnonzero(beyond.notna())[0])
        raise ValueError(f"row {row} holds more cells than there are names{_hint(first, separator)}")
    return grid.iloc[:, :-1]


def _text(path: Path, encoding: str | None) -> str:
    data = path.read_bytes()
    unpack = next((unpack for magic, unpack in PACKED.items() if data.startswith(magic)), None)
    data = unpack(data) if unpack else data
    marked = next((name for mark, name in MARKS.items() if data.startswith(mark)), None)
    try:
        text = data.decode(marked or encoding or "utf-8")
    except LookupError as error:
        raise ConfigError(
            f"{path}: there is no encoding '{encoding}'. Expected one such as utf-8 or cp1252."
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not {error.encoding} text (byte {data[error.start]:#04x} at {error.start}). Expected UTF-8: save "
            "it so, or, for a table of your own, name its encoding (cp1252 is usual in Western Europe)."
        ) from error
    if "\x00" in text:
        raise ValueError("it holds zero bytes")
    return text if "\n" in text else text.replace("\r", "\n")  # as old Macs end their lines


def _hint(names: list[str], separator: str) -> str:
    other = next((sign for sign in ";\t|," if sign != separator and any(sign in name for name in names)), None)
    return f"; is {other!r} the separator?" if other else ""


def _named(grid: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The rows below the first one, under the names that it holds."""
    if grid.empty:
        raise DataError(f"{path}: an empty table. Expected the names of its columns, and rows.")
    names = [name if isinstance(name, str) else "" for name in grid.iloc[0]]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise DataError(
            f"{path}: the columns {listed(twice)} stand twice. Expected each name once: rename or drop one."
        )
    rows = grid.iloc[1:]
    rows = rows[rows.notna().any(axis=1)].reset_index(drop=True)
    kept = [place for place, name in enumerate(names) if name or rows.iloc[:, place].notna().any()]
    return rows.iloc[:, kept].set_axis([names[place] or f"Unnamed: {place}" for place in kept], axis=1)


# --- other files ------------------------------------------------------------------------------------------------------


def _sheet(path: Path, sheet: str | None) -> pd.DataFrame:
    try:
        import openpyxl  # noqa: F401
    except ImportError as error:
        raise DependencyError(
            f"{path}: reading Excel needs openpyxl. Install it with: pip install 'hilum[excel]'; or save it as CSV."
        ) from error
    cells = pd.read_excel(path, sheet_name=sheet or 0, header=None, dtype=object, keep_default_na=False, na_values=[""])
    return pd.DataFrame({place: _as_text(cells[place]) for place in cells})


def _as_text(column: pd.Series) -> "pd.Series[str]":
    """Values of any kind as a person writes them: 1.0 is 1."""
    if isinstance(column.dtype, pd.StringDtype):
        return column.astype("str")
    return pd.Series([_word(value) for value in column], column.index, "str")


def _word(value: object) -> object:
    if isinstance(value, (float, np.floating)):
        return np.nan if np.isnan(value) else str(int(value)) if float(value).is_integer() else repr(float(value))
    return np.nan if value is None or value is pd.NA or value is pd.NaT else str(value)


def _stripped(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: as_cells(table[name]) for name in table}, index=table.index)
