"""Published figures beside our own: those of the same images first, the others apart and said to be not comparable."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from hilum.evaluation.names import MEANS, finding_name, title
from hilum.evaluation.published import MARKS
from hilum.reports.grid import Cell, Column, Grid, Row, shown

Own = Mapping[str, pd.DataFrame]  # by model: rows with `finding`, `metric`, `value`, `low`, `high`
KINDS = {
    True: "On the same images as here: these figures compare.",
    False: "On other images, or it is not known on which: these do NOT compare with ours, nor across test sets.",
}


def published_sections(published: pd.DataFrame | None, own: Own) -> list[dict[str, Any]]:
    """For each metric and kind of images a table of works, and one of findings where works give them.

    Args:
        published: rows as `hilum.evaluation.published.beside` gives them, or None.
        own: what was measured here.
    """
    if published is None or not len(published):
        return []
    sections = []
    for (metric, comparable), rows in published.groupby(["metric", "comparable"], sort=False):
        ours = {name: table[table.metric == metric] for name, table in own.items()} if comparable else {}
        sections.append(
            {
                "metric": title(str(metric)),
                "caption": KINDS[bool(comparable)],
                "comparable": bool(comparable),
                "count": rows.work.nunique(),
                "works": _works(rows, ours),
                "findings": _findings(rows, ours),
            }
        )
    return sections


def _works(rows: pd.DataFrame, ours: Own) -> Grid:
    """One row a work, by its mean; those that give findings alone last."""
    names = ("Test set", "Source", "Read in", "Note")
    columns = [
        Column("Work", number=False),
        Column("Mean over findings"),
        *(Column(name, number=False) for name in names),
    ]
    first = rows.assign(value=rows.value.where(rows.finding == "macro"))
    first = first.sort_values("value", ascending=False, kind="stable").drop_duplicates("work")
    grid = [
        Row(
            [Cell(name), _mean(table), *[Cell(text) for text in ("as above", "this page", "", "")]],
            strong=True,
        )
        for name, table in ours.items()
    ]
    for row in first.to_dict("records"):
        said = (row["split"].replace("_", " "), row["source"], MARKS[row["mark"]], row["note"])
        cells = [
            Cell(_breaking(row["work"])),
            shown(row["value"], row["low"], row["high"], 4),
            *(Cell(text) for text in said),
        ]
        grid.append(Row(cells))
    return Grid(columns, grid)


def _findings(rows: pd.DataFrame, ours: Own) -> Grid | None:
    """One row a finding, one column a work that gives each."""
    counts = rows.groupby("work", sort=False).finding.nunique()
    works = [work for work in dict.fromkeys(rows.work) if counts[work] > 1]
    if not works:
        return None
    held = {(row["finding"], row["work"]): row for row in rows.to_dict("records")}
    held |= {(row["finding"], name): row for name, table in ours.items() for row in table.to_dict("records")}
    columns = [Column("Finding", number=False), *(Column(_breaking(name)) for name in (*ours, *works))]
    grid = []
    for name in dict.fromkeys(rows.finding):
        cells = [_value(held.get((name, source)), with_interval=source in ours) for source in (*ours, *works)]
        grid.append(Row([Cell(finding_name(name)), *cells], name in MEANS))
    return Grid(columns, grid)


def _breaking(work: str) -> str:
    """A name that may break after a slash, so that narrow columns need not break words."""
    return work.replace("/", "/\u200b")


def _mean(table: pd.DataFrame) -> Cell:
    return _value(next(iter(table[table.finding == "macro"].to_dict("records")), None), with_interval=True)


def _value(row: Mapping[Any, Any] | None, *, with_interval: bool) -> Cell:
    if row is None:
        return shown(None)
    return shown(row["value"], row["low"], row["high"], 4) if with_interval else shown(row["value"], places=4)
