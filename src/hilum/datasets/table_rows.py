"""The rows that a description speaks of: of a table, or of the image files themselves."""

import difflib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from hilum.datasets.description import BoxTable, Description
from hilum.datasets.folder import DICOM, PICTURES, Folder
from hilum.schema import DataError
from hilum.schema.errors import listed
from hilum.schema.image_ids import image_id_of
from hilum.schema.table_files import need_rows, read_cells

FILE_COLUMNS = ("path", "name", "folder", "above")
DICOM_MARK = (128, b"DICM")


def rows_of(description: Description, folder: Folder) -> pd.DataFrame:
    """One row an image, cells as text: what they mean is said, not guessed."""
    if description.table is None:
        return _files(folder.root / description.images, folder)
    path = folder.root / description.table
    rows = need_rows(
        read_cells(path, separator=description.separator, encoding=description.encoding, sheet=description.sheet),
        path,
    )
    folder.note(f"{description.table}: {len(rows):,} rows are listed.")
    return rows


def box_rows(boxes: BoxTable, description: Description, folder: Folder) -> pd.DataFrame:
    """One row a box, cells as text."""
    return read_cells(
        folder.root / boxes.table,
        separator=boxes.separator or description.separator,
        encoding=boxes.encoding or description.encoding,
        sheet=boxes.sheet,
    )


def column(rows: pd.DataFrame, name: str, key: str) -> "pd.Series[str]":
    """The table's column of this name, which the description's `key` asks for."""
    if name not in rows:
        spelled = {str(column).lower(): column for column in rows}
        near = difflib.get_close_matches(name.lower(), spelled, n=1)
        hint = f" Did you mean '{spelled[near[0]]}'?" if near else ""
        sign = next((sign for sign in ";\t|" if len(rows.columns) == 1 and sign in str(rows.columns[0])), None)
        hint += f" All names are in one cell: say separator: {sign!r}." if sign else ""
        raise DataError(f"The table has no column '{name}', which {key} names.{hint} It has: {listed(rows, most=20)}.")
    return rows[name]


def without_suffix(name: str) -> str:
    r"""An image's name without its image suffix; folders before it are parted by `/`.

    >>> without_suffix("a1.png"), without_suffix("sub\\a1"), without_suffix("1.2.840.5")
    ('a1', 'sub/a1', '1.2.840.5')
    """
    above, slash, last = name.replace("\\", "/").rpartition("/")
    return above + slash + image_id_of(last)


def ids(names: "pd.Series[str]", cut: Callable[[str], str]) -> "pd.Series[str]":
    """Names as image ids, cut in one of two ways."""
    return names.map(cut, na_action="ignore").astype("str")


def part(cells: "pd.Series[str]", pattern: str, ours: str, folder: Folder) -> "pd.Series[str]":
    """What the pattern's parentheses hold of each cell; a cell that it does not fit is missing and noted."""
    parts: pd.Series[str] = cells.str.extract(re.compile(pattern), expand=False)
    unfit = cells[parts.isna() & cells.notna()]
    if len(unfit):
        text = f"{len(unfit):,} of {len(cells):,} cells do not fit the pattern of {ours}: {listed(unfit)}."
        if ours in ("patient_id", "image_id", "path"):
            raise DataError(f"{text} Expected all to fit, as every image must have one: widen '{pattern}'.")
        folder.note(text)
    return parts


# --- files without a table --------------------------------------------------------------------------------------------


def _files(images: Path, folder: Folder) -> pd.DataFrame:
    """A row an image file: its path from the folder, its name, the names of its own folder and of the one above."""
    if not images.is_dir():
        raise DataError(f"{images}: no such folder. Expected the one that holds the images.")
    paths, left = [], 0
    for path in _walk(images):
        if path.lower().endswith(PICTURES + DICOM) or _is_nameless_dicom(path):
            paths.append(os.path.relpath(path, images).replace(os.sep, "/"))
        else:
            left += 1
    if not paths:
        raise DataError(f"{images}: no image file is there or below. Expected PNG, JPEG or DICOM files.")
    folder.note(f"No table is named: {len(paths):,} image files under {images.name}/ are listed.")
    if left:
        folder.note(f"{left:,} other files are left aside.")
    parents = [["", "", *path.split("/")[:-1]] for path in paths]
    columns = (paths, map(image_id_of, paths), (each[-1] for each in parents), (each[-2] for each in parents))
    return pd.DataFrame(dict(zip(FILE_COLUMNS, map(list, columns), strict=True)), dtype="str").replace("", None)


def _walk(images: Path) -> Iterator[str]:
    """All files below, in order, hidden ones and tables' own descriptions left out."""
    for place, folders, names in os.walk(images):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and not name.lower().endswith((".yaml", ".yml")):
                yield f"{place}{os.sep}{name}"


def _is_nameless_dicom(path: str) -> bool:
    """Whether a file without a known suffix is DICOM, as scanners export them (`IM000001`)."""
    if image_id_of(path) != re.split(r"[/\\]", path)[-1]:
        return False
    with Path(path).open("rb") as file:
        file.seek(DICOM_MARK[0])
        return file.read(len(DICOM_MARK[1])) == DICOM_MARK[1]
