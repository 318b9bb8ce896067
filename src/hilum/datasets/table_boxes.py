"""The boxes of your own table: a row a box, COCO's JSON, or YOLO's text files."""

from pathlib import Path

import pandas as pd

from hilum.datasets.description import BoxTable, CocoBoxes, Description, YoloBoxes
from hilum.datasets.drawn_boxes import drawn
from hilum.datasets.folder import Folder
from hilum.datasets.table_rows import box_rows, column, ids, without_suffix
from hilum.schema import Boxes, DataError
from hilum.schema.boxes import EDGES
from hilum.schema.coco import read_coco
from hilum.schema.errors import listed
from hilum.schema.image_ids import image_id_of
from hilum.schema.numbers import as_numbers
from hilum.schema.outlines import OUTLINES

SIDES = ("x0", "y0", "x1", "y1", "width", "height")
YOLO = 5  # numbers of a line: class, center x, center y, width, height


def table_boxes(description: Description, images: pd.DataFrame, folder: Folder) -> Boxes | None:
    """The boxes that a description names.

    Left out and counted: boxes of images that are not listed, rows without all four sides or a finding, boxes without
    area, with swapped or negative corners, and those that stand twice. Refused: a COCO file with wrong ids, a YOLO file
    with a wrong line or an unknown class, and a box that reaches over its image's edge where its size is known.
    """
    named = description.boxes
    if named is None:
        return None
    if isinstance(named, CocoBoxes):
        what, rows = named.coco, read_coco(folder.root / named.coco).boxes
    elif isinstance(named, YoloBoxes):
        what, rows = named.yolo, _yolo(named, images, folder)
    else:
        what, rows = named.table, _rows(named, description, folder)
    known = set(images.image_id.tolist())
    ours = pd.Series([name in known for name in rows.image_id], rows.index, dtype="bool")
    whole = rows[EDGES].notna().all(axis=1) & rows.finding.notna()
    folder.note(
        f"{what}: {(ours & whole).sum():,} boxes; {(~ours).sum():,} of images that are not listed are left out."
    )
    if (ours & ~whole).any():
        folder.note(f"{what}: {(ours & ~whole).sum():,} rows without all four sides or a finding are no boxes.")
    beside = [name for name in OUTLINES if name in rows]
    return drawn(rows.loc[ours & whole, ["image_id", "finding", *EDGES, *beside]].reset_index(drop=True), folder)


def _rows(named: BoxTable, description: Description, folder: Folder) -> pd.DataFrame:
    cells = box_rows(named, description, folder)
    columns = {ours: theirs for ours, theirs in named if theirs and ours in ("image_id", "finding", *SIDES)}
    boxes = pd.DataFrame({ours: column(cells, theirs, f"boxes.{ours}") for ours, theirs in columns.items()})
    boxes["image_id"] = ids(boxes.image_id, without_suffix if description.columns.image_id else image_id_of)
    for side in SIDES:
        if side in boxes:
            boxes[side] = folder.numbers(boxes[side], f"boxes.{side}", decimal=description.decimal)
    if "width" in boxes:
        boxes["x1"], boxes["y1"] = boxes.x0 + boxes.width, boxes.y0 + boxes.height
    return boxes


def _yolo(named: YoloBoxes, images: pd.DataFrame, folder: Folder) -> pd.DataFrame:
    """The lines of the text files, `class cx cy width height` as shares of the image's sides."""
    place = folder.root / named.yolo
    if not place.is_dir():
        raise DataError(f"{place}: no such folder. Expected YOLO's text files, one an image.")
    files = sorted(path for path in place.glob("*.txt") if path.name != "classes.txt")
    parts = [_lines(path, len(named.names)) for path in files]
    empty = pd.DataFrame(columns=["image_id", "place", "cx", "cy", "wide", "high"])
    rows = pd.concat([empty.astype({"image_id": "str"}), *parts], ignore_index=True) if parts else empty
    size = images.set_index("image_id")[["width", "height"]].reindex(rows.image_id).reset_index(drop=True)
    unknown = rows.image_id[size.isna().any(axis=1) & rows.image_id.isin(images.image_id)].unique()
    if len(unknown):
        raise DataError(
            f"The size of {listed(unknown)} is not known, and YOLO's boxes are shares of it. Name width and height "
            "under columns."
        )
    numbers = rows[["cx", "cy", "wide", "high"]].astype("float64")
    edges = {"x0": numbers.cx - numbers.wide / 2, "y0": numbers.cy - numbers.high / 2,
             "x1": numbers.cx + numbers.wide / 2, "y1": numbers.cy + numbers.high / 2}  # fmt: skip
    sides = {"x0": size.width, "y0": size.height, "x1": size.width, "y1": size.height}
    shares = {edge: values.clip(0, 1) if named.clip else values for edge, values in edges.items()}
    boxes = pd.DataFrame({edge: shares[edge] * sides[edge] for edge in EDGES})
    finding = rows.place.map(dict(enumerate(named.names)))
    return boxes.assign(image_id=rows.image_id, finding=finding)


def _lines(path: Path, classes: int) -> pd.DataFrame:
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    wrong = [place + 1 for place, line in enumerate(lines) if len(line) != YOLO]
    if wrong:
        raise DataError(f"{path}: lines {listed(wrong)} do not hold five numbers. Expected class cx cy width height.")
    table = pd.DataFrame(lines, columns=["place", "cx", "cy", "wide", "high"], dtype="str")
    for name in table:
        table[name], words = as_numbers(table[name])
        if words.any() or table[name].isna().any():
            raise DataError(f"{path}: a cell is no number. Expected class cx cy width height in each line.")
    unknown = table.place[~table.place.isin(range(classes))]
    if len(unknown):
        raise DataError(f"{path}: classes {listed(unknown)}. Expected 0 to {classes - 1}, as boxes.names lists them.")
    return table.assign(image_id=image_id_of(path.stem))
