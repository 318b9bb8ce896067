"""The heatmaps page: how well they find true places, beside controls and published figures; whether to trust them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray

from hilum.evaluation.names import finding_name
from hilum.images import read_image
from hilum.reports.figures.forest import Estimate, forest
from hilum.reports.figures.forest import size_of as forest_size
from hilum.reports.grid import Cell, Column, Grid, Row, exports, shown
from hilum.reports.page import figure, render
from hilum.reports.provenance import provenance_facts, without_folders
from hilum.reports.published import published_sections
from hilum.reports.shown_image import shown_image
from hilum.schema import Evaluation, Explanation
from hilum.schema.boxes import EDGES
from hilum.schema.findings import display

SCORES = {
    "pointing_game": "Pointing (hit rate)",
    "energy_in_box": "Energy in the box",
    "miou": "mIoU",
    "miou_full_set": "mIoU, full set",
    "localization_accuracy_iou_0.1": "T(IoU) 0.1",
    "localization_accuracy_iou_0.3": "T(IoU) 0.3",
    "localization_accuracy_iou_0.5": "T(IoU) 0.5",
    "localization_accuracy_iobb_0.1": "T(IoBB) 0.1",
    "localization_accuracy_iobb_0.25": "T(IoBB) 0.25",
    "localization_accuracy_iobb_0.5": "T(IoBB) 0.5",
    "false_boxes_iobb_0.1": "False boxes an image, IoBB 0.1",
}
FAITHFUL = {
    "deletion_mean": "Deletion, gray (lower is better)",
    "deletion_blur": "Deletion, blurred (lower is better)",
    "insertion_mean": "Insertion, gray (higher is better)",
    "insertion_blur": "Insertion, blurred (higher is better)",
}
FEWEST = 10  # pairs of a finding that an interval rests on
ACCURACY = "localization_accuracy_"
WITHOUT_BOXES = (  # works whose networks learned from labels alone, and chance
    "Wang et al. 2017, fourteen findings",
    "CAM of a DenseNet-121 at 512 px",
    "Grad-CAM++ of a DenseNet-121 at 512 px",
    "a random box",
)
WIDTH = 360  # pixels of an image on the page


@dataclass(frozen=True)
class ShownMap:
    """One image of the page: its map, its true boxes, and the boxes cut from the map (x0 y0 x1 y1 height)."""

    explanation: Explanation
    true: NDArray[np.float64]
    drawn: NDArray[np.float64]
    path: Path


def heatmaps_page(
    evaluation: Evaluation, maps: Sequence[ShownMap] = (), *, published: pd.DataFrame | None = None
) -> str:
    """Scores of heatmaps as one HTML file.

    Args:
        evaluation: what `hilum.workflows.heatmaps` measured.
        maps: images to show.
        published: figures of others, as `hilum.evaluation.published.beside` gives them.
    """
    held, rows = evaluation.provenance, evaluation.rows
    values = {
        "headline": _headline(rows, held),
        "notes": [without_folders(note) for note in held.get("notes", [])],
        "held": heatmap_scores(evaluation, maps, published=published),
        "faithful": _scores(rows, FAITHFUL),
        "cascade": _cascade(evaluation.curves.get("randomization")),
        "broken": evaluation.curves.get("randomization", {}).get("broken", False),
        "agreement": _agreement(evaluation.curves.get("agreement")),
        "published": published_sections(published, {str(held["run"]): _own(rows)}),
        "provenance": provenance_facts(held),
    }
    return render(
        "heatmaps.html", kind="heatmaps", title=f"Heatmaps of {held['run']} on {held['cohort']}", values=values
    )


def heatmap_scores(
    evaluation: Evaluation, maps: Sequence[ShownMap] = (), *, published: pd.DataFrame | None = None
) -> dict[str, Any]:
    """What a page shows of scores: tables, a figure, files and images; arguments as for `heatmaps_page`."""
    rows, full = evaluation.rows, evaluation.provenance.get("full_set")
    return {
        "method": str(evaluation.provenance["method"]),
        "counts": _counts(rows, evaluation.provenance),
        "cut": _cut(evaluation.provenance),
        "scores": _scores(rows, SCORES),
        "full_set": None if full is None else _full_set(full),
        "pointing": _pointing(rows),
        "by_finding": _by_finding(_own(rows)),
        "files": exports(_table(_own(rows)), rows, "heatmaps"),
        "maps": [_shown(one) for one in maps],
        "beside": _beside(rows, published),
    }


def _own(rows: pd.DataFrame) -> pd.DataFrame:
    """Of the map alone, without its controls."""
    own: pd.DataFrame = rows[rows["map"] == rows["map"].iloc[0]]
    return own


def _cut(held: dict[str, Any]) -> str:
    """Where maps are cut for mIoU, in a sentence."""
    threshold = held["region_threshold"]
    if isinstance(threshold, dict):
        named = ", ".join(f"{finding_name(name)} {value:g}" for name, value in threshold.items())
        return f"For mIoU maps are cut where their regions overlap those of validation images best: {named}."
    return f"For mIoU maps are cut at {'their Otsu threshold' if threshold == 'otsu' else f'{threshold:g}'}."


def _full_set(full: dict[str, Any]) -> str:
    """What the full set is, or why it is not measured, in a sentence."""
    if not full["cuts"]:
        return (
            "The full set (images without the finding, on which a map that is drawn is wrong) is not measured: no "
            "probability was chosen on validation images below which a map counts as empty (hilum calibrate)."
        )
    named = ", ".join(f"{finding_name(name)} {value:.3g}" for name, value in full["cuts"].items())
    return (
        "Full set: also images without the finding, whose overlap is 0 where a map counts as drawn. One counts from a "
        f"probability on, {full['chosen']}: {named}. {full['holds']}"
    )


def _headline(rows: pd.DataFrame, held: dict[str, Any]) -> list[dict[str, str]]:
    pooled = rows[(rows.finding == "all") & (rows.metric == "pointing_game")]
    items = []
    for row in pooled.to_dict("records"):
        cell = shown(row["value"], row["low"], row["high"])
        items.append({"name": f"Pointing, {row['map']}", "text": cell.text, "small": cell.interval})
    return [*items, {"name": "Images", "text": f"{held['images']:,}", "small": _counts(rows, held)}]


def _counts(rows: pd.DataFrame, held: dict[str, Any]) -> str:
    pairs = rows.present[(rows.finding == "all") & (rows.metric == "pointing_game")].iloc[0]
    return f"{held['patients']:,} patients, {int(pairs):,} pairs"


def _scores(rows: pd.DataFrame, named: dict[str, str]) -> Grid | None:
    """One row a score, one column a kind of map: the mean over all pairs."""
    pooled = rows[(rows.finding == "all") & rows.metric.isin(named)]
    if pooled.empty:
        return None
    kinds = list(dict.fromkeys(pooled["map"]))
    grid = []
    for metric, name in named.items():
        own = pooled[pooled.metric == metric].set_index("map")
        if own.empty:
            continue
        few = int(own.present.min()) < FEWEST
        cells = [shown(*own.loc[kind, ["value", "low", "high"]], too_few=few) for kind in kinds if kind in own.index]
        grid.append(Row([Cell(name), *cells]))
    return Grid([Column("Score", number=False), *(Column(kind) for kind in kinds)], grid)


def _pointing(rows: pd.DataFrame) -> Markup:
    """How far the map lies above each control in the pointing game, by paired replicates."""
    pooled = rows[(rows.finding == "all") & (rows.metric == "pointing_game")].iloc[1:]
    estimates = [
        Estimate(f"above {row['map']}", row["ahead"], row["ahead_low"], row["ahead_high"])
        for row in pooled.to_dict("records")
    ]
    paint = forest(estimates, xlabel="pointing, map less control", reference=0.0)
    return figure(paint, size=forest_size(len(estimates)), label="Pointing of the map less that of each control")


def _by_finding(own: pd.DataFrame) -> Grid:
    metrics = [
        "pointing_game",
        "energy_in_box",
        "miou",
        "localization_accuracy_iou_0.1",
        "localization_accuracy_iobb_0.25",
    ]
    columns = [Column("Finding", number=False), Column("Pairs"), *(Column(SCORES[name]) for name in metrics)]
    grid = []
    for finding, rows in own.groupby("finding", sort=False):
        by_metric = rows.set_index("metric")
        if "pointing_game" in by_metric.index:
            few = int(by_metric.present.iloc[0]) < FEWEST
            cells = [shown(*by_metric.loc[name, ["value", "low", "high"]], too_few=few) for name in metrics]
            name = "All pairs" if finding == "all" else finding_name(str(finding))
            count = Cell(f"{int(by_metric.present.iloc[0]):,}")
            grid.append(Row([Cell(name), count, *cells], strong=finding in ("all", "macro")))
    return Grid(columns, grid)


def _beside(rows: pd.DataFrame, published: pd.DataFrame | None) -> Grid | None:
    """Means over findings at each threshold of overlap: here, and of the works that did not learn from boxes."""
    if published is None or not (rows.finding == "macro").any():
        return None
    theirs = (
        published[(published.finding == "macro") & published.metric.str.startswith(ACCURACY)]
        .drop_duplicates(["work", "metric"])
        .set_index(["metric", "work"])
    )
    own = rows[rows.finding == "macro"].set_index(["map", "metric"])
    method, grid = rows["map"].iloc[0], []
    for metric in dict.fromkeys(theirs.index.get_level_values("metric")):
        cells = [shown(*own.loc[(kind, metric), ["value", "low", "high"]]) for kind in (method, "random box")]
        cells += [shown(theirs.value.get((metric, work))) for work in WITHOUT_BOXES]
        kind, least = str(metric).removeprefix(ACCURACY).split("_")
        grid.append(Row([Cell(f"T({'IoU' if kind == 'iou' else 'IoBB'}) {least}"), *cells]))
    names = (f"{method}, here", "random box, here", *WITHOUT_BOXES)
    return Grid([Column("Score", number=False), *(Column(name) for name in names)], grid)


def _cascade(found: dict[str, Any] | None) -> Grid | None:
    if not found:
        return None
    columns = [Column("Random layers", number=False), Column("Rank correlation"), Column("SSIM"), Column("Maps")]
    rows = [
        Row([Cell(row["layers"]), shown(row["correlation"]), shown(row["structure"]), Cell(str(row["maps"]))])
        for row in found["rows"]
    ]
    return Grid(columns, rows)


def _agreement(found: dict[str, Any] | None) -> Grid | None:
    if not found:
        return None
    names = found["methods"]
    rows = [
        Row([Cell(name), *(shown(value, places=2) for value in values)])
        for name, values in zip(names, found["rows"], strict=True)
    ]
    return Grid([Column("Method", number=False), *(Column(name) for name in names)], rows)


def _shown(one: ShownMap) -> dict[str, Any]:
    drawn = pd.DataFrame(one.drawn[:, :4], columns=EDGES).assign(score=one.drawn[:, 4])
    boxes = pd.concat([pd.DataFrame(one.true, columns=EDGES).assign(score=np.nan), drawn], ignore_index=True)
    pixels = read_image(one.path).pixels
    view = shown_image(pixels, one.explanation, boxes, width=WIDTH)
    name = f"{display(one.explanation.finding)}, {one.explanation.method}"
    return {"view": view, "name": name, "image_id": one.explanation.image_id}


def _table(own: pd.DataFrame) -> pd.DataFrame:
    return own[["finding", "metric", "value", "low", "high", "present"]].rename(columns={"present": "pairs"})
