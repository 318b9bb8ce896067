"""The evaluation page: how good the predictions are, on which images, and what one can say of it in a paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from hilum.evaluation.export import interval_table, number
from hilum.evaluation.methods import interval_sentences, methods, threshold_sentence
from hilum.evaluation.names import title as title_of
from hilum.evaluation.prevalence import prevalence_sentence
from hilum.evaluation.units import IMAGE, PLURAL, in_units
from hilum.images import Image
from hilum.reports import evaluation_figures as figures
from hilum.reports import evaluation_tables as tables
from hilum.reports.grid import exports, shown
from hilum.reports.measures import CALIBRATION, DECISION, ODDS, OF_CALLS, PROBABILITY, RANKING, SUBGROUPS, measured
from hilum.reports.page import render
from hilum.reports.provenance import provenance_facts, without_folders
from hilum.reports.published import published_sections
from hilum.reports.reporting import checklist
from hilum.reports.shown_image import shown_image
from hilum.reports.words import HEAT_NOTE, SIDE_NOTE
from hilum.schema import Evaluation, Explanation
from hilum.schema.findings import display


@dataclass(frozen=True)
class Example:
    """One image of the evaluation with what the model made of it.

    Args:
        image: the image.
        finding: the finding shown.
        probability: the model's, in [0, 1].
        label: 1 present, 0 absent, -1 uncertain, NaN not mentioned.
        explanation: its heatmap, or None.
        boxes: its true boxes in original pixels (`x0 y0 x1 y1`), or None.
    """

    image: Image
    finding: str
    probability: float
    label: float
    explanation: Explanation | None = None
    boxes: pd.DataFrame | None = None


def evaluation_page(
    evaluation: Evaluation,
    *,
    log: pd.DataFrame | None = None,
    examples: Sequence[Example] = (),
    worst: Sequence[Example] = (),
    heatmaps: Mapping[str, Any] | None = None,
    published: pd.DataFrame | None = None,
    title: str = "Evaluation",
) -> str:
    """An evaluation as one HTML file; a section is there when its numbers are.

    Args:
        evaluation: what `evaluate` measured.
        log: the run's log, one row an entry with `epoch`, for the learning curves.
        examples: images to show with heatmap and boxes.
        worst: images of the worst errors, shown beneath their table.
        heatmaps: how well heatmaps find true places, as `hilum.reports.heatmaps.heatmap_scores` gives it.
        published: figures of others, as `hilum.evaluation.published.beside` gives them.
        title: of the page.
    """
    say = partial(in_units, unit=evaluation.provenance.get("unit", IMAGE))
    metrics, rows_of_all = measured(evaluation), evaluation.rows[evaluation.rows.subgroup == "all"]
    ranked, decided, scored = ([name for name in kind if name in metrics] for kind in (RANKING, DECISION, PROBABILITY))
    odds, line = ([name for name in kind if name in metrics] for kind in (ODDS, CALIBRATION))
    ranked = ranked or [name for name in OF_CALLS if name in metrics] or metrics[:2]
    values: dict[str, Any] = {
        "headline": headline(evaluation),
        "notes": [without_folders(note) for note in evaluation.provenance.get("notes", [])],
        "flow": figures.flow_figure(evaluation),
        "cohort": tables.cohort(evaluation),
        "sensitivity": tables.sensitivity(evaluation),
        "checklist": checklist(evaluation),
        "ranking": tables.per_finding(evaluation, ranked, counts=True),
        "intervals": " ".join(interval_sentences(evaluation)),
        "files": exports(interval_table(evaluation, ranked), evaluation.rows, "evaluation"),
        "forest": figures.forest_figure(evaluation),
        "roc": figures.roc_figure(evaluation),
        "precision_recall": figures.precision_recall_figure(evaluation),
        "decisions": tables.per_finding(evaluation, decided) if decided else None,
        "odds": tables.per_finding(evaluation, odds) if odds else None,
        "calibration_line": tables.per_finding(evaluation, line) if line else None,
        "prevalence": prevalence_sentence(evaluation.provenance.get("prevalence")),
        "threshold": threshold_sentence(evaluation.provenance.get("threshold")),
        "sets": tables.of_whole_sets(evaluation),
        "confusion": tables.confusion(evaluation),
        "thresholds": figures.threshold_figure(evaluation),
        "probabilities": tables.per_finding(evaluation, scored) if scored else None,
        "reliability": figures.reliability_figure(evaluation),
        "subgroups": [
            (title_of(metric), name, grid)
            for metric in SUBGROUPS
            for name, grid in tables.subgroups(evaluation, metric).items()
        ],
        "label_matrix": figures.label_matrix_figure(evaluation),
        "decision": figures.decision_figure(evaluation),
        "worst": tables.worst_errors(evaluation),
        "worst_images": [_shown(example) for example in worst],
        "examples": [_shown(example) for example in examples],
        "heatmaps": heatmaps,
        "heat_note": HEAT_NOTE,
        "side_note": SIDE_NOTE,
        "published": published_sections(published, {"This evaluation": rows_of_all}),
        "learning": figures.learning_figure(log),
        "methods": methods(evaluation),
        "provenance": [(say(name), text) for name, text in provenance_facts(evaluation.provenance)],
        "say": say,
    }
    values["contents"] = [(anchor, name) for anchor, name, key in SECTIONS if not key or values[key]]
    return render("evaluation.html", kind="evaluation", title=title, values=values)


SECTIONS = (
    ("images", "Images", "notes"),
    ("findings", "Findings", ""),
    ("curves", "Curves", "roc"),
    ("threshold", "At the threshold", "decisions"),
    ("calibration", "Calibration", "reliability"),
    ("subgroups", "Subgroups", "subgroups"),
    ("errors", "Worst errors", "worst"),
    ("examples", "Examples", "examples"),
    ("heatmaps", "Heatmaps", "heatmaps"),
    ("published", "Published figures", "published"),
    ("learning", "Learning", "learning"),
    ("methods", "Methods", ""),
    ("reporting", "Reporting", ""),
    ("provenance", "Provenance", ""),
)


def headline(evaluation: Evaluation) -> list[dict[str, str]]:
    """The few numbers that stand above everything else."""
    rows, held = evaluation.rows, evaluation.provenance
    mean = rows[(rows.finding == "macro") & (rows.metric == "auroc") & (rows.subgroup == "all")]
    items = []
    for row in mean.to_dict("records"):
        cell = shown(row["value"], row["low"], row["high"])
        items.append({"name": "Mean AUROC", "text": cell.text, "small": f"95 % interval {cell.interval.strip('()')}"})
    unit = held.get("unit", IMAGE)
    for key, name in (("images", PLURAL[unit].capitalize()), ("patients", "Patients")):
        if key in held and not (key == "images" and unit == "patient"):
            items.append({"name": name, "text": number(held[key], 0), "small": ""})
    if held.get("split"):
        items.append({"name": "Split", "text": str(held["split"]), "small": f"hash {held.get('split_hash')}"})
    return items


def _shown(example: Example) -> dict[str, Any]:
    seen = "" if example.explanation is None else " with its heatmap"
    truth = {1.0: "present", 0.0: "absent", -1.0: "uncertain"}.get(float(example.label), "not mentioned")
    finding = display(example.finding)
    return {
        "image": shown_image(example.image.pixels, example.explanation, example.boxes, width=480),
        "alt": f"Chest radiograph {example.image.image_id}{seen}, {finding.lower()} labeled {truth}.",
        "finding": finding,
        "truth": truth,
        "probability": f"{example.probability:.3f}",
        "image_id": example.image.image_id,
    }
