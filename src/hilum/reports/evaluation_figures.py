"""The figures of an evaluation, each drawn only when its numbers are there."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from hilum.evaluation.names import MEANS, finding_name, title
from hilum.evaluation.units import IMAGE, PLURAL, counted
from hilum.reports.figures.curves import Line, Panel, Point, small_multiples
from hilum.reports.figures.curves import size_of as curves_size
from hilum.reports.figures.flow import Stage, flow, flow_size
from hilum.reports.figures.forest import Estimate, forest
from hilum.reports.figures.forest import size_of as forest_size
from hilum.reports.figures.learning import learning
from hilum.reports.figures.matrix import matrix
from hilum.reports.figures.matrix import size_of as matrix_size
from hilum.reports.measures import findings_of
from hilum.reports.page import figure
from hilum.schema import Evaluation
from hilum.schema.findings import display

LOSS = {"loss": "Training loss"}
VALIDATION = "val_"  # how the columns of a run's log begin that hold the task's figures


def forest_figure(evaluation: Evaluation, metric: str = "auroc", reference: float | None = 0.5) -> Markup | None:
    """A metric of every finding with its interval, best first, the mean below."""
    rows = evaluation.rows[(evaluation.rows.metric == metric) & (evaluation.rows.subgroup == "all")]
    each = rows[rows.finding.isin(findings_of(evaluation))].sort_values("value", ascending=False)
    if not len(each):
        return None
    mean = rows[rows.finding == "macro"]
    estimates = [_estimate(row) for row in (*each.to_dict("records"), *mean.to_dict("records"))]
    label = f"{title(metric)} of each finding with 95 % intervals"
    return figure(
        forest(estimates, xlabel=title(metric), reference=reference), size=forest_size(len(estimates)), label=label
    )


def roc_figure(evaluation: Evaluation) -> Markup | None:
    """ROC curves, one panel a finding."""
    drawn = {
        name: Panel(
            [_line(held, "false_positive_rate", "recall")],
            _note(evaluation, "auroc", name),
            points=_operating_point(evaluation, name),
        )
        for name, held in _held(evaluation, "roc")
    }
    return _multiples(drawn, "1 − specificity", "Sensitivity", "ROC curve of each finding", diagonal=True)


def precision_recall_figure(evaluation: Evaluation) -> Markup | None:
    """Precision-recall curves, one panel a finding; the dashed line is the share of images that show it."""
    drawn = {}
    for name, held in _held(evaluation, "precision_recall"):
        note, level = _note(evaluation, "average_precision", name), _share(evaluation, name)
        drawn[name] = Panel([_line(held, "recall", "precision")], note, level)
    return _multiples(drawn, "Recall (sensitivity)", "Precision (PPV)", "Precision-recall curve of each finding")


def threshold_figure(evaluation: Evaluation) -> Markup | None:
    """Precision and recall against the threshold; each panel's scale ends at its highest threshold."""
    drawn = {}
    for name, held in _held(evaluation, "thresholds"):
        lines = [
            _line(held, "threshold", kind, prefix=f"{kind}_", name=title(kind)) for kind in ("precision", "recall")
        ]
        drawn[name] = Panel(lines, xlim=(0, max(held["threshold"])))
    return _multiples(drawn, "Threshold", "Value", "Precision and recall against the threshold, for each finding")


def reliability_figure(evaluation: Evaluation) -> Markup | None:
    """Predicted against observed frequency, each panel on its own scale."""
    drawn = {}
    for name, held in _held(evaluation, "reliability"):
        line = _line(held, "predicted", "observed")
        most = float(np.nanmax([line.x.max(), np.nanmax(line.y if line.high is None else line.high)]))
        drawn[name] = Panel([line], xlim=(0, most), ylim=(0, most))
    label = "Reliability curve of each finding"
    return _multiples(drawn, "Predicted probability", "Observed frequency", label, diagonal=True)


def decision_figure(evaluation: Evaluation) -> Markup | None:
    """Net benefit of acting on the model, on everyone, on no one."""
    drawn = {}
    for name, held in _held(evaluation, "decision"):
        lines = [
            _line(held, "threshold", "net_benefit", name="Calls of the model"),
            _line(held, "threshold", "all", prefix=None, name=f"Every {unit_of(evaluation)} called"),
        ]
        top = max(float(np.nanmax(line.y)) for line in lines)
        drawn[name] = Panel(lines, level=0.0, xlim=(0, max(held["threshold"])), ylim=(-0.25 * top, 1.1 * top))
    return _multiples(drawn, "Threshold probability", "Net benefit", "Decision curve of each finding")


def label_matrix_figure(evaluation: Evaluation) -> Markup | None:
    """Which finding is called where another one is: rows are labels, columns calls, colors shares of the row."""
    held = evaluation.curves.get("label_matrix")
    if not held:
        return None
    names, counts = [display(name) for name in held["names"]], np.array(held["counts"], float)
    images = np.array(held["images"], float)[:, None]
    shares = np.divide(counts, images, out=np.full_like(counts, np.nan), where=images > 0)
    texts = [["" if np.isnan(share) else f"{100 * share:.0f}" for share in row] for row in shares]
    rows = [f"{name} ({int(count):,})" for name, count in zip(names, held["images"], strict=True)]
    paint = matrix(shares, texts, rows, names, xlabel="Called", ylabel="Label")
    return figure(
        paint,
        size=matrix_size(len(names), len(names)),
        label=f"Calls by label, percent of each label's {PLURAL[unit_of(evaluation)]}",
    )


def learning_figure(log: pd.DataFrame | None) -> Markup | None:
    """Loss and the task's validation figures of each epoch from a run's log, and which epoch was kept."""
    if log is None or "epoch" not in log or log.epoch.nunique() < 2:
        return None
    epochs = log.drop_duplicates("epoch", keep="last").set_index("epoch")
    figures = [str(name) for name in epochs if str(name).startswith(VALIDATION)]
    names = {name: title(name.removeprefix(VALIDATION)) for name in figures}
    losses, scores = (epochs[[name for name in kind if name in epochs]].rename(columns=kind) for kind in (LOSS, names))
    if not losses.shape[1] + scores.shape[1]:
        return None
    kept = epochs.index[epochs.best.astype(bool)].max() if "best" in epochs and epochs.best.any() else None
    label = "Learning curves: loss and validation figures of each epoch"
    return figure(learning(losses, scores, best=kept), size=(8.4, 2.9), label=label)


def _operating_point(evaluation: Evaluation, finding: str) -> list[Point]:
    """Sensitivity and specificity at the threshold with their intervals, where both were measured."""
    rows = evaluation.rows[(evaluation.rows.finding == finding) & (evaluation.rows.subgroup == "all")]
    held = {row["metric"]: [_float(row[key]) for key in ("value", "low", "high")] for row in rows.to_dict("records")}
    if not {"recall", "specificity"} <= set(held) or np.isnan([held["recall"][0], held["specificity"][0]]).any():
        return []
    right, low, high = held["specificity"]
    up, bottom, top = held["recall"]
    return [Point(1 - right, up, (1 - high, 1 - low), (bottom, top), "At the threshold")]


def _multiples(drawn: dict[str, Panel], xlabel: str, ylabel: str, label: str, diagonal: bool = False) -> Markup | None:
    if not drawn:
        return None
    shown = {display(name): panel for name, panel in drawn.items()}
    paint = small_multiples(shown, xlabel=xlabel, ylabel=ylabel, diagonal=diagonal)
    return figure(paint, size=curves_size(len(drawn)), label=label)


def _held(evaluation: Evaluation, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in findings_of(evaluation):
        held = evaluation.curves.get(name, {}).get(kind)
        if held:
            yield name, held


def _line(held: Mapping[str, Any], x: str, y: str, prefix: str | None = "", name: str = "") -> Line:
    """The line of two lists and, unless `prefix` is None, the band under `low` and `high` with that prefix."""
    edges = [] if prefix is None else [held.get(f"{prefix}{edge}") for edge in ("low", "high")]
    low, high = (np.array(edge, float) for edge in edges) if edges and all(edges) else (None, None)
    return Line(np.array(held[x], float), np.array(held[y], float), low, high, name)


def _note(evaluation: Evaluation, metric: str, finding: str) -> str:
    rows = evaluation.rows
    hit = rows[(rows.metric == metric) & (rows.finding == finding) & (rows.subgroup == "all")]
    return "" if hit.empty or pd.isna(hit.value.iloc[0]) else f"{hit.value.iloc[0]:.3f}"


def _share(evaluation: Evaluation, finding: str) -> float | None:
    row = evaluation.rows[(evaluation.rows.finding == finding) & (evaluation.rows.subgroup == "all")].iloc[0]
    images = row.present + row.absent
    return float(row.present / images) if images else None


def _estimate(row: dict[Any, Any]) -> Estimate:
    value, low, high = (_float(row[edge]) for edge in ("value", "low", "high"))
    return Estimate(finding_name(row["finding"]), value, low, high, strong=row["finding"] in MEANS)


def _float(value: object) -> float:
    return float("nan") if value is None or pd.isna(value) else float(value)  # type: ignore[arg-type,call-overload]


def unit_of(evaluation: Evaluation) -> str:
    """What a row is: image, study or patient."""
    return str(evaluation.provenance.get("unit", IMAGE))


def flow_figure(evaluation: Evaluation) -> Markup | None:
    """From the cohort's images to those that were measured, and who was left out on the way."""
    held = evaluation.provenance
    if "left_out" not in held or "images" not in held:
        return None
    without = held["left_out"]["cohort_images_without_prediction"]
    unread, strange = held["left_out"]["unreadable_images"], held["left_out"]["predictions_not_in_cohort"]
    rows, where = PLURAL[unit_of(evaluation)], f", {held['split']}" if held.get("split") else ""
    where += "".join(f", {name} {value}" for name, value in held.get("filters", {}).items())
    lost = [f"{without:,} without a prediction"] if without else []
    lost += [f"{unread:,} {rows} could not be read"] if unread else []
    lost += [f"{strange:,} predicted {rows} are not in the cohort"] if strange else []
    kinds = {"uncertain": "uncertain", "not_mentioned": "not mentioned", "no_probability": "without a probability"}
    counts = {kind: sum(each[kind] for each in held["findings"].values()) for kind in kinds}
    judged = sum(each["present"] + each["absent"] for each in held["findings"].values())
    stages = [
        Stage(f"{held['images'] + without:,} {rows} of {held['cohort']}{where}", lost),
        Stage(
            counted(held["images"], held["patients"], unit_of(evaluation)),
            [f"{count:,} labels {kinds[kind]}" for kind, count in counts.items() if count],
        ),
        Stage(f"{judged:,} labels of {len(held['findings'])} findings measured"),
    ]
    return figure(flow(stages), size=flow_size(stages), label=f"From the cohort's {rows} to those measured")
