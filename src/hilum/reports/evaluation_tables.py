"""The tables of an evaluation."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from hilum.reports.grid import NOTHING, Cell, Column, Grid, Row, is_number, number, share, shown
from hilum.reports.measures import COUNTS, MEANS, SETS, finding_name, findings_of, title
from hilum.schema import Evaluation
from hilum.schema.findings import display

FEW = 20
Rows = Mapping[tuple[str, str], dict[Any, Any]]  # an evaluation's rows by finding and metric, or finding and subgroup


def per_finding(evaluation: Evaluation, metrics: Sequence[str], *, counts: bool = False) -> Grid:
    """One row a finding, the means below; each metric with its interval.

    Args:
        evaluation: the numbers.
        metrics: the columns.
        counts: say first on how many films with and without the finding a row rests.
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


def of_whole_sets(evaluation: Evaluation) -> Grid | None:
    """The metrics of an image's whole set of findings."""
    rows = _keyed(evaluation.rows[evaluation.rows.subgroup == "all"], "metric")
    means = {name: "macro" if ("macro", name) in rows else "image" for name in SETS}
    held = [(name, mean) for name, mean in means.items() if (mean, name) in rows]
    columns = [Column("All findings of an image together", number=False), Column("Value")]
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
    """For each attribute (sex, view, …) the metric of each finding in each of its groups, and the largest gap.

    A group with fewer than `FEW` images with or without the finding is marked, and no gap is taken from it.
    """
    rows = evaluation.rows[(evaluation.rows.metric == metric) & evaluation.rows.subgroup.str.contains("=", regex=False)]
    rows = rows[~rows.finding.isin(("weighted", "micro"))]
    attribute = rows.subgroup.str.split("=", n=1).str[0]
    return {str(name).replace("_", " "): _groups(table) for name, table in rows.groupby(attribute, sort=False)}


def worst_errors(worst: pd.DataFrame | None) -> Grid | None:
    """The most confident mistakes, in the order given."""
    if worst is None or not len(worst):
        return None
    columns = [Column("Image", number=False), Column("Finding", number=False), Column("Label", number=False)]
    rows = [
        Row([Cell(row["image_id"]), Cell(display(row["finding"])), Cell("present" if row["label"] == 1 else "absent"),
             shown(row["probability"])])
        for row in worst.to_dict("records")
    ]  # fmt: skip
    return Grid([*columns, Column("Probability")], rows)


def _groups(rows: pd.DataFrame) -> Grid:
    groups, keyed = list(dict.fromkeys(rows.subgroup)), _keyed(rows, "subgroup")
    each = rows[~rows.finding.isin(MEANS)]
    images = (each.present + each.absent).groupby(each.subgroup).max()
    heads = [f"{group.split('=', 1)[1]} (n = {number(images[group], 0)})" for group in groups]
    columns = [Column("Finding", number=False), *(Column(head) for head in heads), Column("Largest gap")]
    return Grid(columns, [_group_row(keyed, name, groups) for name in dict.fromkeys(rows.finding)])


def _group_row(rows: Rows, finding: str, groups: Sequence[str]) -> Row:
    held = [rows[finding, group] for group in groups if (finding, group) in rows]
    cells = [_marked(rows, finding, group) for group in groups]
    sound = [row["value"] for row in held if is_number(row["value"]) and not _few(row)]
    gap = number(max(sound) - min(sound)) if len(sound) > 1 else NOTHING
    return Row([Cell(finding_name(finding)), *cells, Cell(gap)], finding in MEANS)


def _marked(rows: Rows, finding: str, group: str) -> Cell:
    cell, row = _cell(rows, finding, group), rows.get((finding, group))
    return Cell(f"{cell.text}*", cell.interval) if row is not None and cell.text != NOTHING and _few(row) else cell


def _few(row: Mapping[Any, Any]) -> bool:
    return row["finding"] not in MEANS and min(row["present"], row["absent"]) < FEW


def _keyed(rows: pd.DataFrame, column: str) -> Rows:
    return {(row["finding"], row[column]): row for row in rows.to_dict("records")}


def _counts(rows: Rows, finding: str) -> list[Cell]:
    if finding in MEANS:
        return [Cell("")] * 3
    row = next(row for (name, _), row in rows.items() if name == finding)
    films = row["present"] + row["absent"]
    return [Cell(number(row["present"], 0)), Cell(number(row["absent"], 0)), Cell(share(row["present"], films))]


def _count(rows: Rows, finding: str, metric: str) -> Cell:
    row = rows.get((finding, metric))
    return Cell(number(row["value"], 0) if row and is_number(row["value"]) else NOTHING)


def _cell(rows: Rows, finding: str, key: str) -> Cell:
    row = rows.get((finding, key))
    return Cell(NOTHING) if row is None else shown(row["value"], row["low"], row["high"])
