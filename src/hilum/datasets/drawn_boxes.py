"""An owner's rows as boxes: what is none is left out and counted."""

import pandas as pd

from hilum.datasets.folder import Folder
from hilum.schema import Boxes
from hilum.schema.boxes import EDGES
from hilum.schema.outlines import OUTLINES

COLUMNS = ["image_id", "finding", *EDGES]


def drawn(rows: pd.DataFrame, folder: Folder) -> Boxes:
    """The rows that are boxes, each once; those without area, with swapped or negative corners, are left out and noted.

    A box that reaches over its image's right or lower edge is refused by the Cohort, as the size is then another's.

    Args:
        rows: `image_id`, `finding`, `x0 y0 x1 y1`, numbers; a `reader` where several drew; and what `OUTLINES` names.
        folder: takes the notes.
    """
    columns = [*COLUMNS, *(["reader"] if "reader" in rows else [])]
    beside = [name for name in OUTLINES if name in rows and rows[name].notna().any()]
    corners = rows[EDGES]
    flat = ~((corners.x1 > corners.x0) & (corners.y1 > corners.y0) & (corners.x0 >= 0) & (corners.y0 >= 0))
    if flat.any():
        swapped = int(((corners.x1 < corners.x0) | (corners.y1 < corners.y0)).sum())
        beyond = int(((corners.x0 < 0) | (corners.y0 < 0)).sum())
        folder.note(
            f"{int(flat.sum()):,} boxes are none and are left out: {swapped:,} have swapped corners, {beyond:,} begin "
            "beyond the upper or left edge, the others have no area."
        )
    kept = rows[~flat]
    twice = kept.duplicated(columns)
    if twice.any():
        folder.note(f"{int(twice.sum()):,} boxes stand twice and are taken once.")
    return Boxes(kept.loc[~twice, [*columns, *beside]])
