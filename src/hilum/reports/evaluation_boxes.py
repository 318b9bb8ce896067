"""The page of an evaluation of boxes: how many are found at which price, and on which images they are not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from hilum.evaluation.box_methods import box_methods
from hilum.evaluation.export import interval_table, number
from hilum.evaluation.names import title as title_of
from hilum.images import Image
from hilum.reports import evaluation_tables as tables
from hilum.reports.figures.curves import Line, Panel, small_multiples
from hilum.reports.figures.curves import size_of as curves_size
from hilum.reports.grid import exports, shown
from hilum.reports.page import figure, render
from hilum.reports.provenance import provenance_facts, without_folders
from hilum.reports.shown_image import shown_image
from hilum.schema import Evaluation
from hilum.schema.findings import display

FIRST = ("rsna_score", "box_average_precision", "coco_average_precision", "coco_average_precision@0.5", "image_auroc")
AT_CUT = ("box_sensitivity", "box_precision", "false_boxes")
HEADLINE = ("rsna_score", "box_average_precision", "froc_score", "image_auroc")


@dataclass(frozen=True)
class BoxedImage:
    """One image with its true boxes and those found.

    Args:
        image: the image.
        boxes: true ones (no score) and predicted ones (with score), in the image's own pixels.
        caption: what is wrong or right on it.
    """

    image: Image
    boxes: pd.DataFrame
    caption: str


def box_evaluation_page(
    evaluation: Evaluation, *, images: Sequence[BoxedImage] = (), log: Markup | None = None, title: str = "Evaluation"
) -> str:
    """An evaluation of boxes as one HTML file.

    Args:
        evaluation: what `evaluate_boxes` measured.
        images: to show with their boxes, worst first.
        log: the learning curves, where a Run is known.
        title: of the page.
    """
    headline = _headline(evaluation)
    if evaluation.rows[evaluation.rows.finding != "macro"].finding.nunique() == 1:  # its own mean
        evaluation = replace(evaluation, rows=evaluation.rows[evaluation.rows.finding != "macro"])
    measured = list(dict.fromkeys(evaluation.rows.metric))
    froc = [name for name in measured if name.startswith("froc")]
    at_cut = [name for name in AT_CUT if name in measured]
    first = [name for name in FIRST if name in measured] or [name for name in measured if name not in (*froc, *at_cut)]
    first = first or measured[:1]
    held = evaluation.provenance
    values: dict[str, Any] = {
        "headline": headline,
        "notes": [without_folders(note) for note in held.get("notes", [])],
        "first": tables.per_finding(evaluation, first, counts=True),
        "files": exports(interval_table(evaluation, first), evaluation.rows, "evaluation"),
        "froc": tables.per_finding(evaluation, froc) if froc else None,
        "at_cut": tables.per_finding(evaluation, at_cut) if at_cut else None,
        "threshold": _cut(held.get("threshold")),
        "froc_figure": _froc(evaluation),
        "precision_recall": _curves(evaluation, "precision_recall", "recall", "precision"),
        "reliability": _reliability(evaluation),
        "cut_figure": _curves(evaluation, "rsna_cut", "threshold", "score"),
        "subgroups": [
            (title_of(metric), name, grid)
            for metric in first
            for name, grid in tables.subgroups(evaluation, metric).items()
        ],
        "images": [_shown(each) for each in images],
        "learning": log,
        "methods": box_methods(evaluation),
        "provenance": provenance_facts(held),
    }
    return render("evaluation_boxes.html", kind="evaluation of boxes", title=title, values=values)


def _headline(evaluation: Evaluation) -> list[dict[str, str]]:
    rows, held = evaluation.rows, evaluation.provenance
    mean = rows[(rows.finding == "macro") & (rows.subgroup == "all")].set_index("metric")
    items = []
    for metric in HEADLINE:
        if metric in mean.index:
            cell = shown(*mean.loc[metric, ["value", "low", "high"]])
            items.append(
                {"name": title_of(metric), "text": cell.text, "small": f"95 % interval {cell.interval.strip('()')}"}
            )
    counts = held.get("findings", {}).values()
    boxes = sum(each["boxes"] for each in counts)
    images = {"name": "Images", "text": number(held["images"], 0), "small": f"{number(held['patients'], 0)} patients"}
    return [*items, images, {"name": "True boxes", "text": number(boxes, 0), "small": ""}]


def _cut(threshold: object) -> str:
    """From which score on a box counts, in a sentence."""
    if isinstance(threshold, dict):
        each = ", ".join(f"{cut:.3g} ({display(name)})" for name, cut in threshold.items())
        return f"A box counts from a score of {each}."
    return f"A box counts from a score of {threshold:.3g}." if isinstance(threshold, float) else ""


def _froc(evaluation: Evaluation) -> Markup | None:
    """FROC curves, their false boxes in doublings."""
    drawn = {}
    for name, held in _held(evaluation, "froc"):
        x, y = np.array(held["false_boxes"]), np.array(held["sensitivity"])
        drawn[name] = Panel([Line(x, y)], xlim=(0, max(0.5, min(8.0, float(x.max())))))
    return _multiples(drawn, "False boxes an image", "Sensitivity", "FROC curve of each finding")


def _curves(evaluation: Evaluation, kind: str, x: str, y: str) -> Markup | None:
    drawn = {}
    for name, held in _held(evaluation, kind):
        most = 1.0 if kind == "precision_recall" else max(held[x], default=1.0)
        top = 1.0 if kind == "precision_recall" else max(0.05, 1.15 * max(held[y], default=1.0))
        drawn[name] = Panel([Line(np.array(held[x]), np.array(held[y]))], xlim=(0, most), ylim=(0, top))
    names = {"recall": "Sensitivity of boxes", "threshold": "Cut of the score", "score": "RSNA score"}
    label = f"{names.get(y, y.capitalize())} by {names[x].lower()}, for each finding"
    return _multiples(drawn, names[x], names.get(y, y.capitalize()), label)


def _reliability(evaluation: Evaluation) -> Markup | None:
    drawn = {}
    for name, held in _held(evaluation, "box_reliability"):
        x, y, low, high = (np.array(held[key]) for key in ("predicted", "observed", "low", "high"))
        drawn[name] = Panel([Line(x, y, low, high)], xlim=(0, 1), ylim=(0, 1))
    return _multiples(drawn, "Score", "Share that finds", "Reliability of boxes' scores", diagonal=True)


def _multiples(drawn: dict[str, Panel], xlabel: str, ylabel: str, label: str, diagonal: bool = False) -> Markup | None:
    if not drawn:
        return None
    named = {display(name): panel for name, panel in drawn.items()}
    paint = small_multiples(named, xlabel=xlabel, ylabel=ylabel, diagonal=diagonal)
    return figure(paint, size=curves_size(len(drawn)), label=label)


def _held(evaluation: Evaluation, kind: str) -> Iterator[tuple[str, dict[str, list[float]]]]:
    for name, kinds in evaluation.curves.items():
        if kinds.get(kind) and next(iter(kinds[kind].values())):
            yield name, kinds[kind]


def _shown(each: BoxedImage) -> dict[str, Any]:
    true = int(each.boxes.score.isna().sum()) if "score" in each.boxes else len(each.boxes)
    return {
        "image": shown_image(each.image.pixels, None, each.boxes, width=480),
        "alt": f"Chest radiograph {each.image.image_id} with {true} true and {len(each.boxes) - true} predicted boxes.",
        "caption": each.caption,
        "image_id": each.image.image_id,
    }
