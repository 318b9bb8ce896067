"""A table of your own: a CSV, TSV, Parquet or Excel file, or the image files alone, described by a small YAML.

Counts: yours; they are noted, with how many image files are there.
Labels: yours; the YAML says which values mean present, absent, uncertain and not mentioned. A value that it does not
    explain is refused, and an empty cell is not mentioned.
Citation: yours.
License: yours.
Split: yours, when a column says it; otherwise one can be drawn by patient.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from hilum.datasets.cells import cell_labels, meaning, named_labels
from hilum.datasets.description import Description, NamedFindings
from hilum.datasets.facts import SEX, VIEW
from hilum.datasets.folder import Folder
from hilum.datasets.table_boxes import table_boxes
from hilum.datasets.table_rows import column, ids, part, rows_of, without_suffix
from hilum.registry import register
from hilum.schema import Cohort, ConfigError, DataError
from hilum.schema.errors import listed
from hilum.schema.image_ids import image_id_of
from hilum.schema.soundness import SPLITS

NUMBERS = ("sequence", "width", "height")
EDGES = ["x0", "y0", "x1", "y1"]


@register
def table(root: str | Path) -> Cohort:
    """Your own table of images (CSV, TSV, Parquet, Excel, or the files alone), described by a small `table.yaml`.

    The YAML's keys are those of `hilum.datasets.description.Description`; docs/how-to/your-own-table.md shows one.

    Args:
        root: the YAML file, or the folder that holds `table.yaml`.
    """
    path = Path(root).expanduser()
    folder = Folder(path.parent if path.is_file() else path, "table", "a description of your table in table.yaml")
    description = Description.read(path if path.is_file() else folder.need("table.yaml", "table.yml"))
    rows = rows_of(description, folder)
    images = _images(rows, description, folder)
    labels = _labels(rows, description)
    silent, unsure = int(labels.isna().to_numpy().sum()), int((labels == -1).to_numpy().sum())
    folder.note(f"{unsure:,} labels are uncertain, {silent:,} not mentioned.")
    return Cohort(
        description.name,
        images,
        labels,
        boxes=table_boxes(description, images, folder),
        masks=_masks(rows, description, images.image_id, folder) if description.masks else None,
        root=folder.root,
        notes=tuple(folder.notes),
    )


# --- images -----------------------------------------------------------------------------------------------------------


def _images(rows: pd.DataFrame, description: Description, folder: Folder) -> pd.DataFrame:
    named = {ours: theirs for ours, theirs in description.columns if theirs is not None}
    if description.table is None:
        named.setdefault("path", "path")
    if "path" not in named and "image_id" not in named:
        raise ConfigError(
            "The description's columns name neither path nor image_id. Expected one, to tell images apart."
        )
    images = pd.DataFrame({ours: column(rows, theirs, f"columns.{ours}") for ours, theirs in named.items()})
    for ours, pattern in description.patterns.items():
        images[ours] = part(images[ours], pattern, ours, folder)
    by_name = "image_id" in images
    images["image_id"] = ids(images.image_id, without_suffix) if by_name else ids(images.path, image_id_of)
    if "path" in images:
        images["path"] = folder.below([folder.root / description.images], images.path, any_suffix=True)
    else:
        folder.note("No column of paths is named: no image has a file.")
    for fact, usual, own in (("view", VIEW, description.views), ("sex", SEX, description.sexes)):
        if fact in images:
            words = usual | {word.strip().lower(): meant for word, meant in own.items()}
            images[fact] = folder.words(images[fact], words, fact)
    if "age_years" in images:
        images["age_years"] = folder.ages(images.age_years)
        images["age_implausible"] = folder.implausible(images.age_years)
    for name in NUMBERS:
        if name in images:
            images[name] = folder.numbers(images[name], name, decimal=description.decimal)
    if "split" in images:
        images["split"] = _split_words(images.split, description.splits)
    return images.assign(**{name: column(rows, name, "keep") for name in description.keep})


def _split_words(values: "pd.Series[str]", own: Mapping[str, str]) -> "pd.Series[str]":
    """The split in our words; a word that has none is refused, as an image must not leave its split unseen."""
    words = {word: word for word in SPLITS} | {word.strip(): split for word, split in own.items()}
    unknown = values[values.notna() & ~values.isin(list(words))].unique()
    if len(unknown):
        raise DataError(
            f"The column of splits holds {listed(unknown)}. Say under splits which of {', '.join(SPLITS)} it is."
        )
    return values.map(words)


def _labels(rows: pd.DataFrame, description: Description) -> pd.DataFrame:
    findings = description.findings
    if isinstance(findings, NamedFindings):
        return named_labels(column(rows, findings.column, "findings.column"), findings)
    words = meaning(description.labels)
    columns = {finding: column(rows, name, f"findings.{finding}") for finding, name in findings.items()}
    return pd.DataFrame(
        {finding: cell_labels(cells, words, finding, description.decimal) for finding, cells in columns.items()},
        index=rows.index,
    )


# --- masks -----------------------------------------------------------------------------------------------------------


def _masks(rows: pd.DataFrame, description: Description, image_ids: "pd.Series[str]", folder: Folder) -> pd.DataFrame:
    tables = []
    for structure, name in description.masks.items():
        cells = column(rows, name, f"masks.{structure}")
        paths = folder.below([folder.root / description.images], cells, any_suffix=True)
        there = paths.notna()
        tables.append(pd.DataFrame({"image_id": image_ids[there], "structure": structure, "path": paths[there]}))
    return pd.concat(tables, ignore_index=True)
