"""The comparison page: models on the same images, their differences, and published figures beside them."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from markupsafe import Markup

from hilum.evaluation.compare import Comparison
from hilum.evaluation.comparison_methods import comparison_methods
from hilum.evaluation.export import MISSING, comparison_table, number, p_value
from hilum.evaluation.names import MEANS, finding_name, title
from hilum.evaluation.units import IMAGE, PLURAL, in_units
from hilum.reports.figures.forest import Estimate, forest
from hilum.reports.figures.forest import size_of as forest_size
from hilum.reports.grid import Cell, Column, File, Grid, Row, exports, shown
from hilum.reports.page import figure, render
from hilum.reports.provenance import provenance_facts, without_folders
from hilum.reports.published import published_sections

Rows = Mapping[tuple[str, str], dict[Any, Any]]  # by finding and model
SIDES = {"recall": "specificity", "specificity": "recall"}  # what is measured, and what is held at the reader's own


def comparison_page(comparison: Comparison, *, published: pd.DataFrame | None = None, title: str = "Comparison") -> str:
    """Models beside each other as one HTML file.

    Args:
        comparison: what `compare` measured.
        published: figures of others, as `hilum.evaluation.published.beside` gives them.
        title: of the page.
    """
    held = comparison.provenance
    say = partial(in_units, unit=held.get("unit", IMAGE))
    own = {str(name): rows for name, rows in comparison.table.groupby("model", sort=False)}
    values = {
        "published": published_sections(published, own),
        "headline": _headline(comparison),
        "notes": [without_folders(note) for note in held.get("notes", [])],
        "how": comparison_methods(comparison),
        "sections": [
            _section(rows, str(metric), held) for metric, rows in comparison.table.groupby("metric", sort=False)
        ],
        "readers": matched_grids(comparison.readers),
        "files": _files(comparison),
        "provenance": [(say(name), text) for name, text in provenance_facts(held)],
        "say": say,
    }
    return render("comparison.html", kind="comparison", title=title, values=values)


def _headline(comparison: Comparison) -> list[dict[str, str]]:
    held, table = comparison.provenance, comparison.table
    first = table.metric.iloc[0]
    means = table[(table.finding == "macro") & (table.metric == first) & table.value.notna()].to_dict("records")
    items = []
    for row in means:
        cell = shown(row["value"], row["low"], row["high"])
        items.append({"name": row["model"], "text": cell.text, "small": f"mean {title(first)} {cell.interval}"})
    cohort = f" of {held['cohort']}" if "cohort" in held else ""
    return [
        *items,
        {
            "name": PLURAL[held.get("unit", IMAGE)].capitalize(),
            "text": number(held["images"], 0),
            "small": f"{number(held['patients'], 0)} patients{cohort}",
        },
    ]


def _section(rows: pd.DataFrame, metric: str, held: Mapping[str, Any]) -> dict[str, Any]:
    models = list(dict.fromkeys(rows.model))
    keyed = {(row["finding"], row["model"]): row for row in rows.to_dict("records")}
    findings = list(dict.fromkeys(rows.finding))
    others = [model for model in models if model != held["reference"]]
    return {
        "metric": title(metric),
        "values": _values(keyed, findings, models),
        "differences": [
            (model, _differences(keyed, findings, model), _forest(keyed, findings, model, metric))
            for model in others
            if rows[rows.model == model].difference.notna().any()  # a reader has no curve to differ in
        ],
        "reference": held["reference"],
    }


def matched_grids(table: pd.DataFrame) -> list[tuple[str, Grid]]:
    """For each side a table: every model beside every reader, where it calls as the reader does."""
    grids = []
    for side, other in SIDES.items():
        rows = table[table.side == side].to_dict("records") if len(table) else []
        names = ("Reader's", "Model's", "Difference", "p", "p corrected")
        columns = [Column(name, number=False) for name in ("Finding", "Reader", "Model")] + [*map(Column, names)]
        grid = [
            Row([
                Cell(finding_name(row["finding"])), Cell(row["reader"]), Cell(row["model"]),
                shown(row["reader_value"]), shown(row["model_value"]),
                shown(row["difference"], row["low"], row["high"], too_few=bool(row["too_few"])),
                Cell(p_value(row["p"])), Cell(p_value(row["p_corrected"])),
            ])
            for row in rows
        ]  # fmt: skip
        if grid:
            grids.append(
                (f"{title(side)} of reader and model where the model has the reader's {other}", Grid(columns, grid))
            )
    return grids


def _values(keyed: Rows, findings: Sequence[str], models: Sequence[str]) -> Grid:
    columns = [Column("Finding", number=False), Column("Present"), *(Column(model) for model in models)]
    rows = []
    for name in findings:
        held = [keyed.get((name, model)) for model in models]
        present = next(row["present"] for row in held if row is not None)
        cells = [
            Cell(MISSING)
            if row is None
            else shown(row["value"], row["low"], row["high"], too_few=row.get("too_few") is True)
            for row in held
        ]
        rows.append(
            Row([Cell(finding_name(name)), Cell("" if name in MEANS else number(present, 0)), *cells], name in MEANS)
        )
    return Grid(columns, rows)


def _differences(keyed: Rows, findings: Sequence[str], model: str) -> Grid:
    columns = [Column("Finding", number=False), *(Column(name) for name in ("Difference", "p", "p corrected"))]
    judged = any("verdict" in row for row in keyed.values())
    columns += [Column("Beside the margin", number=False)] if judged else []
    rows = []
    for name in findings:
        row = keyed.get((name, model))
        if row is None:
            continue
        cell = shown(row["difference"], row["difference_low"], row["difference_high"])
        ps = [Cell(p_value(row[key])) for key in ("p", "p_corrected")]
        ps += [Cell(row["verdict"])] if judged else []
        rows.append(Row([Cell(finding_name(name)), cell, *ps], name in MEANS))
    return Grid(columns, rows)


def _forest(keyed: Rows, findings: Sequence[str], model: str, metric: str) -> Markup | None:
    held = [keyed[name, model] for name in findings if (name, model) in keyed and name not in ("weighted", "micro")]
    held = [row for row in held if not pd.isna(row["difference"])]
    estimates = [
        Estimate(finding_name(row["finding"]), row["difference"], row["difference_low"], row["difference_high"],
                 strong=row["finding"] in MEANS)
        for row in held
    ]  # fmt: skip
    if not estimates:
        return None
    label = f"Difference in {title(metric)}, {model}"
    return figure(forest(estimates, xlabel=label, reference=0.0), size=forest_size(len(estimates)), label=label)


def _files(comparison: Comparison) -> list[File]:
    first = str(comparison.table.metric.iloc[0])
    return exports(comparison_table(comparison, first), comparison.table, "comparison")
