"""The page of a reader study: points beside models' curves, how far they agree, and what holds for others."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from hilum.evaluation.agreement import ALL
from hilum.evaluation.comparison_methods import comparison_methods
from hilum.evaluation.export import MISSING, number, p_value
from hilum.evaluation.margins import VERDICTS
from hilum.evaluation.names import MEANS, finding_name, title
from hilum.evaluation.reader_study import ReaderStudy
from hilum.reports.comparison import matched_grids
from hilum.reports.figures.curves import Line, Panel, Point, small_multiples
from hilum.reports.figures.curves import size_of as curves_size
from hilum.reports.grid import Cell, Column, Grid, Row, shown
from hilum.reports.page import figure, render
from hilum.reports.provenance import provenance_facts, without_folders
from hilum.schema.findings import display


def readers_page(study: ReaderStudy, *, title: str = "Reader study") -> str:
    """A reader study as one HTML file.

    Args:
        study: what `reader_study` measured.
        title: of the page.
    """
    held = study.provenance
    values: dict[str, Any] = {
        "headline": _headline(study),
        "notes": [without_folders(note) for note in held["notes"]],
        "points": points_figure(study),
        "figures": [(title_of, grid) for title_of, grid in _figures(study)],
        "matched": matched_grids(study.comparison.readers),
        "average": _average(study),
        "modalities": _modalities(study),
        "agreement": _agreement(study.agreement),
        "margin": held["margin"],
        "verdicts": [f"{word}: {meaning}" for word, meaning in VERDICTS.items()] if held["margin"] else [],
        "methods": methods(study),
        "provenance": provenance_facts(held),
    }
    return render("readers.html", kind="reader study", title=title, values=values)


def points_figure(study: ReaderStudy) -> Markup | None:
    """Readers as points, with the interval of sensitivity and of 1 - specificity, over each model's ROC curve."""
    table = study.comparison.table
    readers = [name for name in dict.fromkeys(table.model) if name not in study.curves]
    drawn = {}
    for finding in (name for name in dict.fromkeys(table.finding) if name not in MEANS):
        lines = [_line(curve[finding], name) for name, curve in study.curves.items() if finding in curve]
        points = [point for name in readers if (point := _point(table, finding, name)) is not None]
        if points:
            drawn[display(finding)] = Panel(lines, points=points)
    if not drawn:
        return None
    paint = small_multiples(drawn, xlabel="1 − specificity", ylabel="Sensitivity", diagonal=True)
    return figure(paint, size=curves_size(len(drawn)), label="Readers as points in the ROC plot of each finding")


def _line(curve: Mapping[str, Any], name: str) -> Line:
    x, y, low, high = (np.array(curve[key], float) for key in ("false_positive_rate", "recall", "low", "high"))
    return Line(x, y, low, high, name)


def _point(table: pd.DataFrame, finding: str, name: str) -> Point | None:
    chosen = table[(table.finding == finding) & (table.model == name)].to_dict("records")
    rows = {row["metric"]: row for row in chosen if not np.isnan(row["value"])}
    if not {"recall", "specificity"} <= set(rows):
        return None
    up, right = rows["recall"], rows["specificity"]
    across = 1 - right["high"], 1 - right["low"]
    return Point(1 - right["value"], up["value"], across, (up["low"], up["high"]), name)


def methods(study: ReaderStudy) -> str:
    """How it was measured, to paste into a paper."""
    held = study.provenance
    sentences = [f"{len(held['readers'])} readers read the same images. {comparison_methods(study.comparison)}"]
    if len(study.average):
        sentences.append(
            "A model's figure was compared with the readers' average, readers and patients taken as random and the "
            "model as fixed (Obuchowski and Rockette, with Hillis' degrees of freedom; covariances by the jackknife "
            "over patients); confidence intervals are of the t distribution."
        )
    if len(study.modalities):
        sentences.append(
            "Modalities were compared by Obuchowski and Rockette's and by Dorfman, Berbaum and Metz's analysis for "
            "random readers and random patients (Hillis), which coincide where covariances are jackknifed."
        )
    if len(study.agreement):
        sentences.append(
            "Agreement is Fleiss' kappa of all readers and Cohen's of each pair, with percentile intervals from a "
            f"bootstrap over patients ({study.comparison.provenance['replicates']:,} replicates)."
        )
    if held["margin"]:
        sentences.append(
            f"The margin of non-inferiority and equivalence was {held['margin']:g}; the two-sided 95 % interval was "
            "set beside it, a one-sided level of 2.5 %."
        )
    return " ".join(sentences)


def _headline(study: ReaderStudy) -> list[dict[str, str]]:
    held = study.provenance
    facts = (("Readers", len(held["readers"])), ("Images", held["images"]), ("Patients", held["patients"]))
    items = [{"name": name, "text": number(count, 0), "small": ""} for name, count in facts]
    kappas = study.agreement[study.agreement["first"] == ALL].value if len(study.agreement) else pd.Series(dtype=float)
    if kappas.notna().any():
        ends = f"{number(kappas.min(), 2)} to {number(kappas.max(), 2)} over findings"
        items.append({"name": "Fleiss' kappa, median", "text": number(kappas.median(), 2), "small": ends})
    return items


def _figures(study: ReaderStudy) -> list[tuple[str, Grid]]:
    """For each metric a table: findings down, readers and models across."""
    grids = []
    for metric, rows in study.comparison.table.groupby("metric", sort=False):
        models = list(dict.fromkeys(rows.model))
        keyed = {(row["finding"], row["model"]): row for row in rows.to_dict("records")}
        findings = [name for name in dict.fromkeys(rows.finding) if name not in ("weighted", "micro")]
        columns = [Column("Finding", number=False), Column("Present"), *map(Column, models)]
        grid = [
            Row(
                [
                    Cell(finding_name(name)),
                    Cell("" if name in MEANS else number(keyed[name, models[0]]["present"], 0)),
                    *(_value(keyed[name, model]) for model in models),
                ],
                name in MEANS,
            )
            for name in findings
        ]
        grids.append((title(str(metric)), Grid(columns, grid)))
    return grids


def _value(row: Mapping[Any, Any]) -> Cell:
    return shown(row["value"], row["low"], row["high"], too_few=row.get("too_few") is True)


def _average(study: ReaderStudy) -> Grid | None:
    """Models beside the average reader."""
    table = study.average
    if not len(table):
        return None
    judged, several = "verdict" in table, table.modality.nunique() > 1
    columns = [Column(name, number=False) for name in ("Finding", "Measure", "Model")]
    columns += [Column("Modality", number=False)] if several else []
    columns += [*map(Column, ("Model's", "Readers' average", "Difference", "p", "p corrected"))]
    columns += [Column("Beside the margin", number=False)] if judged else []
    grid = [
        Row([
            Cell(finding_name(row["finding"])), Cell(title(row["metric"])), Cell(row["model"]),
            *([Cell(row["modality"])] if several else []),
            shown(row["model_value"]), shown(row["readers_value"]), shown(row["difference"], row["low"], row["high"]),
            Cell(p_value(row["p"])), Cell(p_value(row["p_corrected"])), *([Cell(row["verdict"])] if judged else []),
        ])
        for row in table.to_dict("records")
    ]  # fmt: skip
    return Grid(columns, grid)


def _modalities(study: ReaderStudy) -> Grid | None:
    """Modalities under both analyses."""
    table = study.modalities
    if not len(table):
        return None
    judged = "verdict" in table
    columns = [Column(name, number=False) for name in ("Finding", "Measure", "Analysis", "Modalities")]
    columns += [*map(Column, ("First", "Second", "Difference", "F", "Degrees of freedom", "p", "p corrected"))]
    columns += [Column("Beside the margin", number=False)] if judged else []
    grid = [
        Row([
            Cell(finding_name(row["finding"])), Cell(title(row["metric"])), Cell(row["method"]),
            Cell(f"{row['first']} less {row['second']}"), shown(row["first_value"]), shown(row["second_value"]),
            shown(row["difference"], row["low"], row["high"]), shown(row["f"], places=2),
            shown(row["degrees"], places=1), Cell(p_value(row["p"])), Cell(p_value(row["p_corrected"])),
            *([Cell(row["verdict"])] if judged else []),
        ])
        for row in table.to_dict("records")
    ]  # fmt: skip
    return Grid(columns, grid)


def _agreement(table: pd.DataFrame) -> Grid | None:
    """Fleiss' kappa of each finding, and the pairs that agree least and most."""
    if not len(table):
        return None
    names = ("Images", "Called", "Same call", "Fleiss' kappa", "Cohen's, mean of pairs", "Lowest pair", "Highest pair")
    columns = [Column("Finding", number=False), *map(Column, names)]
    rows = []
    for finding, held in table.groupby("finding", sort=False):
        whole, pairs = held[held["first"] == ALL].iloc[0], held[held["first"] != ALL]
        rows.append(
            Row([
                Cell(finding_name(str(finding))), Cell(number(whole.images, 0)),
                Cell(f"{100 * whole.called:.1f} %"), Cell(f"{100 * whole.agreed:.1f} %"),
                shown(float(whole.value), float(whole.low), float(whole.high), 2, too_few=bool(whole.too_few)),
                shown(float(pairs.value.mean()), places=2), _pair(pairs, lowest=True), _pair(pairs, lowest=False),
            ])
        )  # fmt: skip
    return Grid(columns, rows)


def _pair(pairs: pd.DataFrame, *, lowest: bool) -> Cell:
    known = pairs[pairs.value.notna()].sort_values("value", ascending=lowest).to_dict("records")
    if not known:
        return Cell(MISSING)
    return Cell(f"{number(known[0]['value'], 2)} ({known[0]['first']}, {known[0]['second']})")
