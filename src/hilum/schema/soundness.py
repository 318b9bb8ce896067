"""What a Cohort refuses, each time with the rows that are at fault."""

import numpy as np
import pandas as pd

from hilum.schema.boxes import EDGES, Boxes
from hilum.schema.errors import DataError, listed

REQUIRED = ("image_id", "patient_id")
SPLITS = ("train", "val", "test")
WORDS = {"split": SPLITS, "view": ("PA", "AP", "LATERAL"), "sex": ("F", "M")}
MASK_COLUMNS = ("image_id", "structure", "path")


def numbers(name: str, table: pd.DataFrame, dtype: type[np.floating]) -> pd.DataFrame:
    """The table as numbers; an error that names the first cell that is none."""
    try:
        return table.astype(dtype)
    except (ValueError, TypeError) as error:
        for column in table:
            cells = table[column]
            bad = pd.to_numeric(cells, errors="coerce").isna() & cells.notna()
            if bad.any():
                row = int(np.flatnonzero(bad)[0])
                raise DataError(
                    f"Cohort '{name}': {int(bad.sum())} cells of {column} are no numbers, the first "
                    f"'{cells.iloc[row]}' in row {row}. Expected numbers, empty where nothing is known."
                ) from error
        raise


def check_ids(name: str, films: pd.DataFrame) -> None:
    """One row a film, each with its patient."""
    for column in REQUIRED:
        if films[column].isna().any():
            rows = np.flatnonzero(films[column].isna())
            raise DataError(f"Cohort '{name}': no {column} in rows {listed(rows)}. Expected one in every row.")
    twice = films.image_id[films.image_id.duplicated()]
    if len(twice):
        raise DataError(
            f"Cohort '{name}': {len(twice)} image ids stand twice: {listed(twice)}. Expected one row a film."
        )


def check_words(name: str, films: pd.DataFrame) -> None:
    """View, sex and split in our words."""
    for column, words in WORDS.items():
        bad = films[column].notna() & ~films[column].isin(words)
        if bad.any():
            raise DataError(
                f"Cohort '{name}': unknown {column} {listed(films[column][bad].unique())} of "
                f"{listed(films.image_id[bad])}. Expected {', '.join(words)}, or nothing where it is not known."
            )


def check_split(name: str, films: pd.DataFrame) -> None:
    """All films of a patient on one side."""
    sides = films.loc[films.split.notna(), ["patient_id", "split"]].drop_duplicates()
    torn = sides.patient_id[sides.patient_id.duplicated()].unique()
    if len(torn):
        raise DataError(
            f"Cohort '{name}': {len(torn)} patients stand on two sides of the split: {listed(torn)}. "
            "Expected all films of a patient on one side."
        )


def check_labels(name: str, films: pd.DataFrame, labels: pd.DataFrame) -> None:
    """1 present, 0 absent, -1 uncertain, NaN not mentioned."""
    values = labels.to_numpy()
    bad = ~(np.isnan(values) | (values == 1) | (values == 0) | (values == -1))
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise DataError(
            f"Cohort '{name}': {int(bad.sum())} labels outside 1, 0, -1 and missing, the first "
            f"{values[row, column]:g} for {labels.columns[column]} of {films.image_id[row]}. "
            "Expected 1 present, 0 absent, -1 uncertain, empty for not mentioned."
        )


def check_boxes(name: str, films: pd.DataFrame, boxes: Boxes) -> None:
    """Boxes of listed films, within them where their size is known."""
    boxed = boxes.table.image_id
    rows = pd.Index(films.image_id).get_indexer(pd.Index(boxed))
    _refuse_strangers(name, "boxes", boxed[rows < 0])
    size = films[["width", "height"]].to_numpy()[rows]
    corners = boxes.table[EDGES].to_numpy()
    outside = (corners[:, 2] > size[:, 0]) | (corners[:, 3] > size[:, 1])
    if outside.any():
        raise DataError(
            f"Cohort '{name}': {int(outside.sum())} boxes reach outside their film: "
            f"{listed(boxed[outside].unique())}. Expected x1 <= width and y1 <= height."
        )


def check_masks(name: str, films: pd.DataFrame, masks: pd.DataFrame) -> None:
    """Masks of listed films."""
    missing = [column for column in MASK_COLUMNS if column not in masks]
    if missing:
        raise DataError(f"Cohort '{name}': masks lack {', '.join(missing)}. Expected {', '.join(MASK_COLUMNS)}.")
    known = set(films.image_id.tolist())
    _refuse_strangers(name, "masks", masks.image_id[[image_id not in known for image_id in masks.image_id]])


def _refuse_strangers(name: str, what: str, image_ids: "pd.Series[str]") -> None:
    if len(image_ids):
        unknown = image_ids.unique()
        raise DataError(
            f"Cohort '{name}': {what} of {len(unknown)} films that are not in it: {listed(unknown)}. "
            f"Expected {what} of listed films only."
        )
