"""The evaluation page of masks: how well each structure is outlined, and where that goes worst."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from hilum.evaluation.evaluate_masks import DISTANCES, MACRO, RATIO
from hilum.evaluation.export import number
from hilum.images import Image
from hilum.reports.grid import Cell, Column, Grid, Row, exports, shown
from hilum.reports.outlines import Mask, outlined
from hilum.reports.page import render
from hilum.reports.provenance import provenance_facts, without_folders
from hilum.reports.words import SIDE_NOTE
from hilum.schema import Evaluation
from hilum.schema.findings import display

NAMES = {
    "dice": "Dice",
    "iou": "IoU",
    "hausdorff_95": "Hausdorff 95",
    "surface_distance": "Surface distance",
    "surface_dice": "Surface Dice",
    "absolute_error": "Mean absolute error",
    "bias": "Bias",
}


@dataclass(frozen=True)
class Outlined:
    """One image with what was outlined on it.

    Args:
        image: the image.
        structure: the one that is outlined worst.
        dice: of that one.
        drawn: predicted regions by structure, in the image's pixels.
        truth: the true ones.
    """

    image: Image
    structure: str
    dice: float
    drawn: Mapping[str, Mask | None]
    truth: Mapping[str, Mask | None]


def masks_page(evaluation: Evaluation, each: pd.DataFrame, worst: Sequence[Outlined] = (), *, title: str) -> str:
    """An evaluation of masks as one HTML file.

    Args:
        evaluation: what `evaluate_masks` measured.
        each: `image_id`, `structure`, `dice` of every pair of regions.
        worst: images to show, the worst first.
        title: of the page.
    """
    held = evaluation.provenance
    grid = structures(evaluation)
    values = {
        "headline": _headline(evaluation),
        "notes": [without_folders(note) for note in held.get("notes", [])],
        "structures": grid,
        "tolerance": ", ".join(dict.fromkeys(held["tolerance"].values())),
        "spread": _spread(each),
        "ratio": _ratio(evaluation),
        "files": exports(texts(grid), evaluation.rows, "evaluation"),
        "worst": [_shown(one) for one in worst],
        "side_note": SIDE_NOTE,
        "provenance": provenance_facts(held),
    }
    return render("masks_evaluation.html", kind="evaluation of masks", title=title, values=values)


def structures(evaluation: Evaluation) -> Grid:
    """One row a structure, each metric with its interval."""
    rows = evaluation.rows[evaluation.rows.finding != RATIO]
    metrics = list(dict.fromkeys(rows.metric))
    keyed = {(row["finding"], row["metric"]): row for row in rows.to_dict("records")}
    unit = evaluation.provenance["unit"]
    suffix = {name: f", {unit}" if isinstance(unit, str) and name in DISTANCES else "" for name in metrics}
    columns = [Column("Structure", number=False), Column("Images")]
    columns += [Column(NAMES.get(name, name) + suffix[name]) for name in metrics]
    found = []
    for finding in dict.fromkeys(rows.finding):
        count = keyed[finding, metrics[0]]["present"]
        cells = [Cell("Mean" if finding == MACRO else display(finding)), Cell(f"{count:,}")]
        for name in metrics:
            row = keyed.get((finding, name), {})
            cells.append(shown(row.get("value"), row.get("low"), row.get("high"), too_few=row.get("too_few") is True))
        found.append(Row(cells, finding == MACRO))
    return Grid(columns, found)


def _headline(evaluation: Evaluation) -> list[dict[str, str]]:
    rows, held = evaluation.rows, evaluation.provenance
    items = []
    for row in rows[rows.metric == "dice"].to_dict("records"):
        cell = shown(row["value"], row["low"], row["high"])
        name = "Mean Dice" if row["finding"] == MACRO else f"Dice, {display(row['finding']).lower()}"
        items.append({"name": name, "text": cell.text, "small": f"95 % interval {cell.interval.strip('()')}"})
    for key, name in (("images", "Images"), ("patients", "Patients")):
        items.append({"name": name, "text": number(held[key], 0), "small": ""})
    return items


def _spread(each: pd.DataFrame) -> Grid:
    """Of each structure how the Dice spreads over images."""
    columns = [Column("Structure", number=False), *(Column(name) for name in ("Worst", "5 %", "Median", "Best"))]
    found = []
    for name, own in each.groupby("structure", sort=False).dice:
        found.append(Row([Cell(display(str(name))), *(shown(own.quantile(at)) for at in (0.0, 0.05, 0.5, 1.0))]))
    return Grid(columns, found)


def _ratio(evaluation: Evaluation) -> Grid | None:
    rows = evaluation.rows[evaluation.rows.finding == RATIO].to_dict("records")
    columns = [Column("Cardiothoracic ratio, predicted less true", number=False), Column("Images"), Column("Value")]
    found = [
        Row([Cell(NAMES[row["metric"]]), Cell(f"{row['present']:,}"), shown(row["value"], row["low"], row["high"])])
        for row in rows
    ]
    return Grid(columns, found) if found else None


def texts(grid: Grid) -> pd.DataFrame:
    """The table as texts, for files."""
    texts = [[f"{cell.text} {cell.interval}".strip() for cell in row.cells] for row in grid.rows]
    return pd.DataFrame(texts, columns=[column.name for column in grid.columns])


def _shown(one: Outlined) -> dict[str, object]:
    name = display(one.structure).lower()
    label = f"Chest radiograph {one.image.image_id} with predicted and true outlines, worst: {name}."
    return {
        "view": outlined(one.image.pixels, one.drawn, truth=one.truth, width=480, label=label),
        "caption": f"{one.image.image_id}: {name}, Dice {one.dice:.3f}",
    }
