"""What several readers said of the same images: one row an image and reader, as reader studies keep it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from hilum.schema import DataError, Findings, LabelPredictions
from hilum.schema.errors import listed
from hilum.schema.image_ids import image_id_of
from hilum.schema.numbers import as_numbers
from hilum.schema.table_files import need_rows, read_cells

IMAGE = ("image_id", "image id", "image index", "image")
READER = ("reader", "reader_id", "reader id")
MODALITY = ("modality", "treatment", "condition")
ANSWERS = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0, "present": 1.0, "absent": 0.0}


@dataclass(frozen=True)
class Readings:
    """One table a reader and modality.

    Args:
        tables: by (modality, reader); the modality is empty where the study has one.
        notes: what was left out, in sentences.
    """

    tables: Mapping[tuple[str, str], LabelPredictions]
    notes: tuple[str, ...] = field(default=())

    @property
    def readers(self) -> list[str]:
        """Their names, in order."""
        return list(dict.fromkeys(reader for _, reader in self.tables))

    @property
    def modalities(self) -> list[str]:
        """Their names, in order; one empty name where the study has one."""
        return list(dict.fromkeys(modality for modality, _ in self.tables))

    def only(self, readers: Sequence[str]) -> "Readings":
        """The readings of these readers alone."""
        unknown = [name for name in readers if name not in self.readers]
        if unknown:
            raise DataError(f"There is no reader {listed(unknown)}. Expected any of: {', '.join(self.readers)}.")
        kept = {key: table for key, table in self.tables.items() if key[1] in readers}
        return Readings(kept, (*self.notes, f"{len(readers)} of {len(self.readers)} readers were chosen."))


def read_readings(path: Path, findings: Findings) -> Readings:
    """Read a CSV, TSV, Parquet or Excel file.

    Args:
        path: a column for the image (`image_id`, NIH's `Image ID`), one for the reader (`reader`, `Reader ID`), one for
            the modality where there are several (`modality`), and one a finding: 0 or 1, YES or NO, or a number in
            [0, 1] as a reader's confidence. An empty cell says nothing.
        findings: which columns are findings, under these or synonymous names; further columns are noted and left out.

    Raises:
        DataError: for a missing column, an answer that is none of these, or an image read twice by one reader.
    """
    cells = need_rows(read_cells(path), path)
    image, reader = (_column(cells, names, path) for names in (IMAGE, READER))
    modality = _column(cells, MODALITY, path, needed=False)
    rest = [str(name) for name in cells if name not in (image, reader, modality)]
    named = [name for name in rest if name in findings]
    if not named:
        raise DataError(f"{path}: no column is a finding of the cohort ({listed(findings)}). It has: {listed(cells)}.")
    table = pd.DataFrame({findings[findings.position(name)]: _answers(cells[name], name, path) for name in named})
    table.insert(0, "image_id", cells[image].map(image_id_of, na_action="ignore"))
    key = [cells[modality] if modality else pd.Series("", cells.index), cells[reader]]
    if table.image_id.isna().any() or any(one.isna().any() for one in key):
        raise DataError(f"{path}: a row names no image, reader or modality. Expected each in every row.")
    twice = pd.concat([table.image_id, *key], axis=1).duplicated()
    if twice.any():
        row = int(np.flatnonzero(twice)[0])
        raise DataError(
            f"{path}: {key[1].iloc[row]} reads {table.image_id.iloc[row]} twice. Expected one row for each."
        )
    groups = table.groupby([one.to_numpy() for one in key], sort=False)
    tables = {
        (str(names[0]), str(names[1])): LabelPredictions(rows.reset_index(drop=True), {"reader": str(names[1])})
        for names, rows in groups
    }
    left = [name for name in rest if name not in named]
    notes = [f"{path.name}: {len(cells):,} readings of {table.image_id.nunique():,} images."]
    notes += [f"{path.name}: columns that are no finding of the cohort, left out: {', '.join(left)}."] if left else []
    return Readings(tables, tuple(notes))


def _column(cells: pd.DataFrame, names: Sequence[str], path: Path, *, needed: bool = True) -> str | None:
    found = next((str(name) for name in cells if str(name).strip().lower() in names), None)
    if found is None and needed:
        raise DataError(f"{path}: no column {' or '.join(names)}. It has: {listed(cells)}.")
    return found


def _answers(cells: "pd.Series[str]", name: str, path: Path) -> "pd.Series[float]":
    """Calls and confidences as numbers."""
    words = cells.astype("str").str.strip().str.lower().map(ANSWERS)
    numbers, _ = as_numbers(cells)
    values = words.where(words.notna(), numbers)
    strange = cells[cells.notna() & ~values.between(0, 1)].unique()
    if len(strange):
        raise DataError(
            f"{path}: column {name} holds {listed(map(str, strange))}. Expected 0 or 1, YES or NO, or a confidence in "
            "[0, 1]: divide a scale from 0 to 100 by 100."
        )
    return values.astype(float)
