"""The files Predictions are kept in: Parquet with the kind and the header in its metadata, or a CSV of anyone's."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from hilum.schema.errors import DataError
from hilum.schema.files import replacing, write_table
from hilum.schema.header import Header
from hilum.schema.numbers import as_numbers
from hilum.schema.table_files import read_cells

# Ours; that of NIH's table, which files for NIH's images share; those of CheXpert's, by study and by image.
ID_COLUMNS = ("image_id", "Image Index", "study_id", "Study", "Path")
GAPS = ("", "NA", "N/A", "n/a", "nan", "NaN", "NULL", "null", "None")  # no probability; an id may be called so
KINDS = ("labels", "boxes", "masks")
CSV = (".csv", ".csv.gz")


def kind_of(path: str | os.PathLike[str]) -> str:
    """`labels`, `boxes` or `masks`: what the file's metadata says; `labels` where it says nothing.

    Raises:
        DataError: for a kind that does not exist, or a file that is none.
    """
    path = Path(path)
    kind = read_predictions(path).attrs.get("kind", "labels")
    if kind not in KINDS:
        raise DataError(f"{path}: Predictions of kind {kind!r}. Expected one of: {', '.join(KINDS)}.")
    return str(kind)


def read_predictions(path: str | os.PathLike[str]) -> pd.DataFrame:
    """The table of a Parquet or CSV file, with what its metadata says in `attrs`.

    Raises:
        DataError: when it is not there, not readable, or names a column twice.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file. Expected Predictions as Parquet or CSV.")
    try:
        return pd.read_parquet(path) if path.suffix.lower() == ".parquet" else _read_csv(path)
    except DataError:
        raise
    except Exception as error:  # a broken file makes the readers raise whatever its bytes lead them to
        raise DataError(f"{path}: not a readable Parquet or CSV table ({error}).") from error


def write_predictions(path: str | os.PathLike[str], table: pd.DataFrame, attributes: Mapping[str, Any]) -> None:
    """Write the table as its file's name says: Parquet with the attributes in its metadata, or a bare CSV.

    Raises:
        DataError: for another ending.
    """
    name = Path(path).name.lower()
    if name.endswith(".parquet"):
        table = table.copy()
        table.attrs = dict(attributes.items())
        write_table(path, table)
    elif name.endswith(CSV):
        with replacing(path) as temporary:
            table.to_csv(temporary, index=False)
    else:
        raise DataError(f"{path}: Predictions are written as .parquet (all of them) or .csv (the table alone).")


def write_with_header(path: str | os.PathLike[str], table: pd.DataFrame, header: Header, kind: str) -> None:
    """Write boxes or masks, whose images do not all stand in the table: as Parquet only.

    Raises:
        DataError: for another ending.
    """
    if not Path(path).name.lower().endswith(".parquet"):
        raise DataError(f"{path}: predicted {kind} are written as .parquet, which also names images without any.")
    write_predictions(path, table, {"kind": kind, "header": header.to_dict()})


def read_with_header(path: str | os.PathLike[str], kind: str) -> tuple[pd.DataFrame, Header]:
    """What `write_with_header` wrote.

    Raises:
        DataError: when it is of another kind, or its header is broken.
    """
    table = read_predictions(path)
    if table.attrs.get("kind") != kind:
        raise DataError(f"{path}: holds no predicted {kind}, but {table.attrs.get('kind', 'labels')!r}.")
    header = table.attrs.get("header")
    try:
        held = Header.from_dict(header if isinstance(header, dict) else {})
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    table.attrs = {}
    return table, held


def _read_csv(path: Path) -> pd.DataFrame:
    """Ids as text (0012 is no number, NA no gap); the other columns as numbers where nothing else stands in them."""
    cells = read_cells(path)
    return pd.DataFrame(
        {name: cells[name] if name in ID_COLUMNS else _probabilities(cells[name]) for name in cells}, index=cells.index
    )


def _probabilities(cells: "pd.Series[str]") -> pd.Series:
    numbers, words = as_numbers(cells.mask(cells.isin(list(GAPS))))
    return cells if words.any() else numbers
