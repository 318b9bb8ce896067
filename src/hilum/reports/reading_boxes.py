"""The page of a reading that draws boxes: each image with what was found on it, and how sure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from hilum.evaluation.export import number
from hilum.images import Image
from hilum.reports.grid import Cell, Column, Grid, Row
from hilum.reports.page import render
from hilum.reports.provenance import provenance_facts
from hilum.reports.reading import facts_of, without_folder
from hilum.reports.shown_image import shown_image
from hilum.reports.words import NO_LUNGS_NOTE, SIDE_NOTE
from hilum.schema import BoxPredictions
from hilum.schema.findings import display


def box_reading_page(
    images: Sequence[Image],
    predictions: BoxPredictions,
    drawn: Mapping[str, pd.DataFrame],
    *,
    uncalled: Collection[str] = (),
    measured: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    title: str = "Reading",
) -> str:
    """A reading as one HTML file.

    Args:
        images: those that were read.
        predictions: boxes of these images, in their own pixels.
        drawn: by image id, those of the boxes that are shown.
        uncalled: ids of images without lungs, on which no box is shown.
        measured: by image id, names and texts of what was measured on lungs and heart.
        title: of the page.
    """
    values: dict[str, Any] = {
        "readings": [
            _reading(image, predictions, drawn[image.image_id])
            | {
                "measured": (measured or {}).get(image.image_id, ()),
                "uncalled": NO_LUNGS_NOTE if image.image_id in uncalled else "",
            }
            for image in images
        ],
        "failures": [(row.image_id, without_folder(str(row.reason))) for row in predictions.failures.itertuples()],
        "side_note": SIDE_NOTE,
        "provenance": provenance_facts(dict(predictions.provenance)),
    }
    return render("reading_boxes.html", kind="reading", title=title, values=values)


def _reading(image: Image, predictions: BoxPredictions, drawn: pd.DataFrame) -> dict[str, Any]:
    left = len(predictions.boxes.of(image.image_id)) - len(drawn)
    beyond = f" {left:,} less sure {'one is' if left == 1 else 'ones are'} not drawn." if left else ""
    shown = "1 box" if len(drawn) == 1 else f"{len(drawn):,} boxes"
    return {
        "image_id": image.image_id,
        "alt": f"Chest radiograph {image.image_id} with {len(drawn)} predicted boxes.",
        "image": shown_image(image.pixels, None, drawn),
        "caption": f"{shown}, the surest first.{beyond}" if len(drawn) else f"No box is drawn.{beyond}",
        "boxes": _grid(drawn),
        "facts": facts_of(image),
    }


def _grid(boxes: pd.DataFrame) -> Grid:
    """Each box with its score and place, original pixels."""
    columns = [Column("Finding", number=False), Column("Score"), Column("Left, top"), Column("Width × height")]
    rows = [
        Row([Cell(display(row["finding"])), Cell(number(row["score"])), Cell(f"{row['x0']:.0f}, {row['y0']:.0f}"),
             Cell(f"{row['x1'] - row['x0']:.0f} × {row['y1'] - row['y0']:.0f}")])
        for row in boxes.to_dict("records")
    ]  # fmt: skip
    return Grid(columns, rows)
