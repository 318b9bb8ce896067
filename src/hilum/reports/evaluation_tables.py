"""The tables of an evaluation."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from hilum.evaluation.export import MISSING, is_number, number
from hilum.evaluation.names import MEANS, finding_name, group_name, title
from hilum.evaluation.units import IMAGE, PLURAL, in_units
from hilum.reports.grid import Cell, Column, Grid, Row, share, shown
from hilum.reports.measures import COUNTS, SETS, findings_of
from hilum.schema import Evaluation
from hilum.schema.findings import display

MOST_ERRORS = 12  # of each kind
Rows = Mapping[tuple[str, str], dict[Any, Any]]  # an evaluation's rows by finding and metric, or finding and subgroup


def per_finding(evaluation: Evaluation, metrics: Sequence[str], *, counts: bool = False) -> Grid:
    """One row a finding, the means below; each metric with its interval.

    Args:
        evaluation: the numbers.
        metrics: the columns.
        counts: say first on how many images with and without the finding a row rests.
    """
    rows = _keyed(evaluation.rows[evaluation.rows.subgroup == "all"], "metric")
    means = [name for name in MEANS if any((name, metric) in rows for metric in metrics)]
    columns = [Column("Finding", number=False)]
    columns += [Column(name) for name in ("Present", "Absent", "Share present") if counts]
    grid = []
    for name in (*findings_of(evaluation), *means):
        cells = [Cell(finding_name(name)), *(_counts(rows, name) if counts else [])]
        grid.append(Row([*cells, *(_cell(rows, name, metric) for metric in metrics)], name in MEANS))
    return Grid([*columns, *(Column(title(metric)) for metric in metrics)], grid)


def cohort(evaluation: Evaluation) -> Grid | None:
    """Who was measured, where the evaluation holds it."""
    held = evaluation.provenance.get("cohort_table")
    unit = evaluation.provenance.get("unit", IMAGE)
    kinds = (
        {"images": PLURAL[unit].capitalize()}
        if unit == "patient"
        else {"images": PLURAL[unit].capitalize(), "patients": "Patients"}
    )
    rows = [Row([Cell(row["what"]), *(Cell(row[kind]) for kind in kinds)]) for row in held or ()]
    return Grid([Column("", number=False), *map(Column, kinds.values())], rows) if rows else None


def sensitivity(evaluation: Evaluation) -> Grid | None:
    """The AUROC of each finding that has uncertain or missing labels, by what these count as."""
    held = evaluation.provenance.get("sensitivity")
    if not held:
        return None
    kinds = list(dict.fromkeys(row["labels"] for row in held))
    cells = {(row["finding"], row["labels"]): row for row in held}
    names = [name for name in (*findings_of(evaluation), "macro") if (name, kinds[0]) in cells]
    grid = []
    for name in names:
        rows = [cells.get((name, kind), {}) for kind in kinds]
        shown_rows = [
            shown(row.get("value"), row.get("low"), row.get("high"), too_few=row.get("too_few", False)) for row in rows
        ]
        grid.append(Row([Cell(finding_name(name)), *shown_rows], name == "macro"))
    return Grid([Column("AUROC", number=False), *(Column(kind.capitalize()) for kind in kinds)], grid)


def of_whole_sets(evaluation: Evaluation) -> Grid | None:
    """The metrics of an image's whole set of findings."""
    rows = _keyed(evaluation.rows[evaluation.rows.subgroup == "all"], "metric")
    means = {name: "macro" if ("macro", name) in rows else "micro" for name in SETS}
    held = [(name, mean) for name, mean in means.items() if (mean, name) in rows]
    a_unit = in_units("an image", evaluation.provenance.get("unit", IMAGE))
    columns = [Column(f"All findings of {a_unit} together", number=False), Column("Value")]
    return Grid(columns, [Row([Cell(title(name)), _cell(rows, mean, name)]) for name, mean in held]) if held else None


def confusion(evaluation: Evaluation) -> Grid | None:
    """The four counts of each finding at the stated threshold."""
    rows = _keyed(evaluation.rows[evaluation.rows.subgroup == "all"], "metric")
    if not set(COUNTS) <= {metric for _, metric in rows}:
        return None
    columns = [Column("Finding", number=False), *(Column(title(name)) for name in COUNTS)]
    grid = [
        [Cell(display(name)), *(_count(rows, name, metric) for metric in COUNTS)] for name in findings_of(evaluation)
    ]
    return Grid(columns, [Row(cells) for cells in grid])


def subgroups(evaluation: Evaluation, metric: str = "auroc") -> dict[str, Grid]:
    """For each attribute (sex, view, …) the metric of each finding in each of its groups, and the gap between them.

    A finding of which a group has too few patients is marked there; no gap is taken from it.
    """
    rows = evaluation.rows[(evaluation.rows.metric == metric) & ~evaluation.rows.finding.isin(("weighted", "micro"))]
    rows = rows[rows.subgroup != "all"]
    attribute = rows.subgroup.str.split("=|: ", n=1, regex=True).str[0]
    few = {(name, group) for group, names in evaluation.provenance.get("small_groups", {}).items() for name in names}
    return {str(name).replace("_", " "): _groups(table, few) for name, table in rows.groupby(attribute, sort=False)}


def worst_errors(evaluation: Evaluation) -> Grid | None:
    """The most confident misses, then the most confident false alarms; whose images they are is not said."""
    worst, unit = evaluation.curves.get("worst_errors", []), str(evaluation.provenance.get("unit", IMAGE)).capitalize()
    columns = [*(Column(name, number=False) for name in (unit, "Finding", "Error")), Column("Probability")]
    rows = []
    for label, error in ((1, "missed"), (0, "false alarm")):
        for row in [each for each in worst if each["label"] == label][:MOST_ERRORS]:
            names = (row["image_id"], display(row["finding"]), error)
            rows.append(
                Row([*map(Cell, names), Cell(_probability(row["probability"])), Cell(share(row["outranked"], 1))])
            )
    return Grid([*columns, Column("Outranked by")], rows) if rows else None


def _groups(rows: pd.DataFrame, few: set[tuple[str, str]]) -> Grid:
    groups = [name for name in dict.fromkeys(rows.subgroup) if "=" in name]
    keyed = _keyed(rows[rows.subgroup.isin(groups)], "subgroup")
    gaps = {row["finding"]: row for row in rows[~rows.subgroup.isin(groups)].to_dict("records")}
    each = rows[~rows.finding.isin(MEANS)]
    images = (each.present + each.absent).groupby(each.subgroup).max()
    heads = [f"{group_name(group.split('=', 1)[1])} (n\u00a0=\u00a0{number(images[group], 0)})" for group in groups]
    columns = [
        Column("Finding", number=False),
        *(Column(head) for head in heads),
        Column("Largest gap"),
        Column("Between", number=False),
    ]
    grid = []
    for name in dict.fromkeys(finding for finding, _ in keyed):
        cells = [_marked(_cell(keyed, name, group), (name, group) in few) for group in groups]
        grid.append(Row([Cell(finding_name(name)), *cells, *_gap(gaps.get(name))], name in MEANS))
    return Grid(columns, grid)


def _marked(cell: Cell, few: bool) -> Cell:
    return Cell(f"{cell.text}*", cell.interval) if few and cell.text != MISSING else cell


def _gap(row: Mapping[Any, Any] | None) -> list[Cell]:
    """The difference with its interval, and between which groups it is."""
    if row is None or not is_number(row["value"]):
        return [Cell(MISSING), Cell("")]
    between = " and ".join(map(group_name, row["subgroup"].partition(": ")[2].split(" - ")))
    return [shown(row["value"], row["low"], row["high"]), Cell(between)]


def _probability(value: float) -> str:
    """Three digits, and never a probability of 0 or 1 that is none."""
    return "<0.001" if value < 0.0005 else ">0.999" if value > 0.9995 else number(value)


def _keyed(rows: pd.DataFrame, column: str) -> Rows:
    return {(row["finding"], row[column]): row for row in rows.to_dict("records")}


def _counts(rows: Rows, finding: str) -> list[Cell]:
    if finding in MEANS:
        return [Cell("")] * 3
    row = next(row for (name, _), row in rows.items() if name == finding)
    images = row["present"] + row["absent"]
    return [Cell(number(row["present"], 0)), Cell(number(row["absent"], 0)), Cell(share(row["present"], images))]


def _count(rows: Rows, finding: str, metric: str) -> Cell:
    row = rows.get((finding, metric))
    return Cell(number(row["value"], 0) if row and is_number(row["value"]) else MISSING)


def _cell(rows: Rows, finding: str, key: str) -> Cell:
    row = rows.get((finding, key))
    if row is None:
        return Cell(MISSING)
    return shown(row["value"], row["low"], row["high"], too_few=row.get("too_few") is True)
