"""A table, one row a box."""

from pathlib import Path

import pandas as pd

from hilum.evaluation.box_formats.box_format import BoxFormat, checked
from hilum.registry import register
from hilum.schema import BoxPredictions, Cohort, DataError
from hilum.schema.boxes import EDGES
from hilum.schema.errors import listed
from hilum.schema.files import write_csv
from hilum.schema.table_files import read_cells

CORNERS, SIZED = ["image_id", "finding", *EDGES, "score"], ["image_id", "finding", "x", "y", "width", "height", "score"]


@register
def box_table() -> BoxFormat:
    """A CSV with a row a box: `image_id, finding, x0, y0, x1, y1, score`, or `x, y, width, height` for the corners.

    A row with an image alone says that it was read and bears no box. Images without any row are not named: who
    evaluates such a table takes those of the split as read. Refused: what every format refuses.
    """
    return BoxFormat(".csv", _fits, _read, _write, lambda _: False)


def _columns(path: Path) -> list[str]:
    return [str(name) for name in read_cells(path).columns]


def _fits(path: Path) -> bool:
    names = set(_columns(path))
    return set(CORNERS) <= names or set(SIZED) <= names


def _read(path: Path) -> BoxPredictions:
    table = read_cells(path)
    if not set(CORNERS) <= set(table.columns) and not set(SIZED) <= set(table.columns):
        raise DataError(f"{path}: its columns are {listed(table.columns, 9)}. Expected {', '.join(CORNERS)}.")
    nameless = table.image_id.isna()
    if nameless.any():
        raise DataError(f"{path}: {int(nameless.sum()):,} rows name no image. Expected an image_id in every row.")
    names = EDGES if "x0" in table else ["x", "y", "width", "height"]
    boxes = table[table[[*names, "score", "finding"]].notna().any(axis=1)].copy()
    if names != EDGES:
        sides = boxes[names].apply(pd.to_numeric, errors="coerce")
        boxes["x0"], boxes["y0"] = sides.x, sides.y
        boxes["x1"], boxes["y1"] = sides.x + sides.width, sides.y + sides.height
    return checked(path, boxes, table.image_id.tolist())


def _write(predictions: BoxPredictions, path: Path, _cohort: Cohort | None) -> None:
    table = predictions.boxes.table[CORNERS]
    bare = [name for name in predictions.header.image_ids if name not in set(table.image_id)]
    write_csv(path, pd.concat([table, pd.DataFrame({"image_id": bare})], ignore_index=True)[CORNERS])
