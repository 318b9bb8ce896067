"""A table of your own: a CSV or Parquet file, described by a small YAML beside it.

Counts: yours; they are noted, with how many image files are there.
Labels: yours; the YAML says which values mean present, absent, uncertain and not mentioned. A value that it does not
    explain is refused, and an empty cell is not mentioned.
Citation: yours.
License: yours.
Split: yours, when a column says it; otherwise one can be drawn by patient.
"""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from hilum.datasets.cells import cell_labels, meaning, named_labels
from hilum.datasets.description import BoxTable, Description, NamedFindings
from hilum.datasets.facts import SEX, VIEW, years
from hilum.datasets.folder import Folder
from hilum.registry import register
from hilum.schema import Boxes, Cohort, ConfigError, DataError
from hilum.schema.errors import listed
from hilum.schema.soundness import SPLITS


@register
def table(root: str | Path) -> Cohort:
    """Your own CSV or Parquet table of images, described by a small YAML (`table.yaml`).

    The YAML's keys are those of `hilum.datasets.description.Description`; docs/how-to/your-own-table.md shows one.

    Args:
        root: the YAML file, or the folder that holds `table.yaml`.
    """
    path = Path(root).expanduser()
    folder = Folder(path.parent if path.is_file() else path, "table", "a description of your table in table.yaml")
    told = Description.read(path if path.is_file() else folder.need("table.yaml", "table.yml"))
    rows = _rows(folder.root / told.table)
    folder.note(f"{told.table}: {len(rows):,} rows are listed.")
    images = _images(rows, told, folder)
    labels = _labels(rows, told)
    unsaid, unsure = int(labels.isna().to_numpy().sum()), int((labels == -1).to_numpy().sum())
    folder.note(f"{unsure:,} labels are uncertain, {unsaid:,} not mentioned.")
    return Cohort(
        told.name,
        images,
        labels,
        boxes=_boxes(told.boxes, images.image_id, folder) if told.boxes else None,
        masks=_masks(rows, told, images.image_id, folder) if told.masks else None,
        root=folder.root,
        notes=tuple(folder.notes),
    )


def _rows(path: Path) -> pd.DataFrame:
    """The table, a CSV's cells as text: what they mean is said, not guessed."""
    if not path.is_file():
        raise DataError(f"{path}: no such file. Expected the CSV or Parquet file that the description names.")
    try:
        return (
            pd.read_parquet(path)
            if path.suffix == ".parquet"
            else pd.read_csv(path, dtype="str", skipinitialspace=True)
        )
    except (ValueError, OSError) as error:
        raise DataError(f"{path}: not a readable CSV or Parquet table ({error}).") from error


def _column(rows: pd.DataFrame, name: str, key: str) -> "pd.Series[Any]":
    if name not in rows:
        known = {str(column).lower(): column for column in rows}
        near = difflib.get_close_matches(name.lower(), known, n=1)
        hint = f" Did you mean '{known[near[0]]}'?" if near else ""
        raise DataError(f"The table has no column '{name}', which {key} names.{hint} It has: {listed(rows, most=20)}.")
    return rows[name]


# --- images -----------------------------------------------------------------------------------------------------------


def _images(rows: pd.DataFrame, told: Description, folder: Folder) -> pd.DataFrame:
    named = {ours: theirs for ours, theirs in told.columns if theirs is not None}
    images = pd.DataFrame({ours: _column(rows, theirs, f"columns.{ours}") for ours, theirs in named.items()})
    if "path" not in images and "image_id" not in images:
        raise ConfigError(
            "The description's columns name neither path nor image_id. Expected one, to tell images apart."
        )
    if "image_id" not in images:
        images["image_id"] = images.path.astype("str").str.replace(r"^.*[/\\]|\.\w+$", "", regex=True)
    if "path" in images:
        images["path"] = folder.below([folder.root / told.images], images.path.astype("str"))
    else:
        folder.note("No column of paths is named: no image has a file.")
    for column, ours, own in (("view", VIEW, told.views), ("sex", SEX, told.sexes)):
        if column in images:
            images[column] = folder.words(
                images[column], ours | {word.lower(): say for word, say in own.items()}, column
            )
    if "age_years" in images:
        images["age_years"] = years(images.age_years)
        images["age_implausible"] = folder.implausible(images.age_years)
    if "split" in images:
        images["split"] = _split_words(images.split, told.splits)
    return images.assign(**{name: _column(rows, name, "keep") for name in told.keep})


def _split_words(values: "pd.Series[str]", own: dict[str, str]) -> "pd.Series[str]":
    """The split in our words; a word that has none is refused, as an image must not leave its split unseen."""
    words = {word: word for word in SPLITS} | own
    unknown = values[values.notna() & ~values.isin(list(words))].unique()
    if len(unknown):
        raise DataError(
            f"The column of splits holds {listed(unknown)}. Say under splits which of {', '.join(SPLITS)} it is."
        )
    return values.map(words)


def _labels(rows: pd.DataFrame, told: Description) -> pd.DataFrame:
    if isinstance(told.findings, NamedFindings):
        return named_labels(_column(rows, told.findings.column, "findings.column"), told.findings)
    words = meaning(told.labels)
    columns = {finding: _column(rows, name, f"findings.{finding}") for finding, name in told.findings.items()}
    return pd.DataFrame({finding: cell_labels(cells, words, finding) for finding, cells in columns.items()})


# --- boxes and masks -------------------------------------------------------------------------------------------------


def _boxes(told: BoxTable, image_ids: Iterable[str], folder: Folder) -> Boxes:
    rows = _rows(folder.root / told.table)
    named = {ours: theirs for ours, theirs in told if theirs is not None and ours != "table"}
    boxes = pd.DataFrame({ours: _column(rows, theirs, f"boxes.{ours}") for ours, theirs in named.items()})
    edges = [name for name in named if name not in ("image_id", "finding")]
    boxes[edges] = boxes[edges].apply(pd.to_numeric)
    if "width" in boxes:
        boxes["x1"], boxes["y1"] = boxes.x0 + boxes.width, boxes.y0 + boxes.height
    known = boxes.image_id.isin(list(image_ids))
    folder.note(f"{told.table}: {known.sum():,} boxes; {(~known).sum():,} of images that are not listed are left out.")
    return Boxes(boxes.loc[known, ["image_id", "finding", "x0", "y0", "x1", "y1"]])


def _masks(rows: pd.DataFrame, told: Description, image_ids: "pd.Series[str]", folder: Folder) -> pd.DataFrame:
    tables = []
    for structure, name in told.masks.items():
        paths = folder.below([folder.root / told.images], _column(rows, name, f"masks.{structure}").astype("str"))
        there = paths.notna()
        tables.append(pd.DataFrame({"image_id": image_ids[there], "structure": structure, "path": paths[there]}))
    return pd.concat(tables, ignore_index=True)
