"""What a Cohort refuses, each time with the rows that are at fault."""

import numpy as np
import pandas as pd

from hilum.schema.boxes import EDGES, Boxes
from hilum.schema.errors import DataError, listed

REQUIRED = ("image_id", "patient_id")
SPLITS = ("train", "val", "test")
WORDS = {"split": SPLITS, "view": ("PA", "AP", "FRONTAL", "LATERAL"), "sex": ("F", "M")}
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


def check_ids(name: str, images: pd.DataFrame) -> None:
    """One row an image, each with its patient."""
    for column in REQUIRED:
        if images[column].isna().any():
            rows = np.flatnonzero(images[column].isna())
            raise DataError(f"Cohort '{name}': no {column} in rows {listed(rows)}. Expected one in every row.")
    twice = images.image_id[images.image_id.duplicated()]
    if len(twice):
        raise DataError(
            f"Cohort '{name}': {len(twice)} image ids stand twice: {listed(twice)}. Expected one row an image."
        )


def check_words(name: str, images: pd.DataFrame) -> None:
    """View, sex and split in our words."""
    for column, words in WORDS.items():
        bad = images[column].notna() & ~images[column].isin(words)
        if bad.any():
            raise DataError(
                f"Cohort '{name}': unknown {column} {listed(images[column][bad].unique())} of "
                f"{listed(images.image_id[bad])}. Expected {', '.join(words)}, or nothing where it is not known."
            )


def check_split(name: str, images: pd.DataFrame) -> None:
    """All images of a patient in one split."""
    placed = images.loc[images.split.notna(), ["patient_id", "split"]].drop_duplicates()
    torn = placed.patient_id[placed.patient_id.duplicated()].unique()
    if len(torn):
        raise DataError(
            f"Cohort '{name}': {len(torn)} patients stand in two splits: {listed(torn)}. "
            "Expected all images of a patient in one split."
        )


def check_labels(name: str, images: pd.DataFrame, labels: pd.DataFrame) -> None:
    """1 present, 0 absent, -1 uncertain, NaN not mentioned."""
    values = labels.to_numpy()
    bad = ~(np.isnan(values) | (values == 1) | (values == 0) | (values == -1))
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise DataError(
            f"Cohort '{name}': {int(bad.sum())} labels outside 1, 0, -1 and missing, the first "
            f"{values[row, column]:g} for {labels.columns[column]} of {images.image_id[row]}. "
            "Expected 1 present, 0 absent, -1 uncertain, empty for not mentioned."
        )


def check_boxes(name: str, images: pd.DataFrame, boxes: Boxes) -> None:
    """Boxes of listed images, within them where their size is known."""
    boxed = boxes.table.image_id
    rows = pd.Index(images.image_id).get_indexer(pd.Index(boxed))
    _refuse_strangers(name, "boxes", boxed[rows < 0])
    size = images[["width", "height"]].to_numpy()[rows]
    corners = boxes.table[EDGES].to_numpy()
    outside = (corners[:, 2] > size[:, 0]) | (corners[:, 3] > size[:, 1])
    if outside.any():
        raise DataError(
            f"Cohort '{name}': {int(outside.sum())} boxes reach outside their image: "
            f"{listed(boxed[outside].unique())}. Expected x1 <= width and y1 <= height."
        )


def check_masks(name: str, images: pd.DataFrame, masks: pd.DataFrame) -> None:
    """Masks of listed images, each drawn by a file or by run lengths."""
    needed = MASK_COLUMNS[:-1] if "rle" in masks else MASK_COLUMNS  # run lengths need no file
    missing = [column for column in needed if column not in masks]
    if missing:
        raise DataError(
            f"Cohort '{name}': masks lack {', '.join(missing)}. Expected {', '.join(MASK_COLUMNS)}, "
            "or rle with run lengths in place of path."
        )
    known = set(images.image_id.tolist())
    _refuse_strangers(name, "masks", masks.image_id[[image_id not in known for image_id in masks.image_id]])


def _refuse_strangers(name: str, what: str, image_ids: "pd.Series[str]") -> None:
    if len(image_ids):
        unknown = image_ids.unique()
        raise DataError(
            f"Cohort '{name}': {what} of {len(unknown)} images that are not in it: {listed(unknown)}. "
            f"Expected {what} of listed images only."
        )
