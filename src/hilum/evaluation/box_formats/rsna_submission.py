"""The submission of the RSNA pneumonia challenge."""

from pathlib import Path

import numpy as np
import pandas as pd

from hilum.evaluation.box_formats.box_format import BoxFormat, checked
from hilum.registry import register
from hilum.schema import BoxPredictions, Cohort, DataError
from hilum.schema.boxes import EDGES
from hilum.schema.errors import listed
from hilum.schema.files import write_csv
from hilum.schema.findings import RSNA
from hilum.schema.table_files import read_cells

COLUMNS = ("patientId", "PredictionString")
NUMBERS = 5  # a box: score, x, y, width, height


@register
def rsna_submission() -> BoxFormat:
    """The challenge's CSV: `patientId, PredictionString`, each box as `score x y width height`, all of Lung Opacity.

    Every image has one row; an empty string says that it bears no box. Refused: an image in two rows, a string whose
    numbers are not five for each box, and what every format refuses.
    """
    return BoxFormat(".csv", lambda path: set(COLUMNS) <= set(read_cells(path).columns), _read, _write, lambda _: True)


def _read(path: Path) -> BoxPredictions:
    table = read_cells(path)
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise DataError(f"{path}: lacks {', '.join(missing)}. Expected the columns {' and '.join(COLUMNS)}.")
    twice = table.patientId[table.patientId.duplicated() | table.patientId.isna()]
    if len(twice):
        raise DataError(f"{path}: images {listed(twice)} stand twice or have no name. Expected one row an image.")
    rows = []
    for image_id, text in zip(table.patientId, table.PredictionString.fillna(""), strict=True):
        words = str(text).split()
        if len(words) % NUMBERS:
            raise DataError(
                f"{path}: {image_id} has {len(words)} numbers. Expected five for each box: score x y width height."
            )
        rows += [(image_id, *words[place : place + NUMBERS]) for place in range(0, len(words), NUMBERS)]
    boxes = pd.DataFrame(rows, columns=["image_id", "score", "x0", "y0", "width", "height"]).assign(finding=RSNA[0])
    sides = boxes[["x0", "y0", "width", "height"]].apply(pd.to_numeric, errors="coerce")
    boxes = boxes.assign(x1=sides.x0 + sides.width, y1=sides.y0 + sides.height)
    return checked(path, boxes, table.patientId.tolist())


def _write(predictions: BoxPredictions, path: Path, _cohort: Cohort | None) -> None:
    table = predictions.boxes.table.sort_values("score", ascending=False, kind="stable")
    if table.finding.nunique() > 1:
        raise DataError(
            f"Boxes of {listed(table.finding.unique())}. The challenge's CSV holds those of one finding alone."
        )
    held: dict[str, list[str]] = {name: [] for name in predictions.header.image_ids}
    corners = table[EDGES].to_numpy(np.float64)
    sides = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    for image_id, score, side in zip(table.image_id, table.score, sides, strict=True):
        held[image_id].append(" ".join([f"{score:.6g}", *(f"{value:.6g}" for value in side)]))
    strings = [" ".join(boxes) for boxes in held.values()]
    write_csv(path, pd.DataFrame(dict(zip(COLUMNS, ([*held], strings), strict=True))))
