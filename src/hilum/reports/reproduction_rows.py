"""One row of a reproduced table: its cells, and what unfolds below them."""

from collections.abc import Mapping
from typing import Any

from hilum.evaluation.compare import Comparison
from hilum.evaluation.export import number, p_value
from hilum.evaluation.metrics import box_metrics
from hilum.evaluation.names import finding_name
from hilum.evaluation.reproduction import Outcome, Row, Table, places_of
from hilum.reports.grid import Cell, Column, Grid, shown
from hilum.reports.grid import Row as GridRow
from hilum.schema import Evaluation
from hilum.schema.findings import key
from hilum.schema.formatting import MISSING

Held = Mapping[Any, Any]


def differences_of(found: Comparison | str | None, metric: str = "auroc") -> dict[tuple[str, str], Held]:
    """Rows of a comparison against its reference, by model and finding."""
    if not isinstance(found, Comparison):
        return {}
    table = found.table
    held = table[(table.metric == metric) & (table.model != found.provenance["reference"])]
    return {(row["model"], row["finding"]): row for row in held.to_dict("records")}


def measured(evaluation: Evaluation | None, metric: str, finding: str) -> Cell:
    """A value of ours with its interval; a dash where there is none."""
    if evaluation is None:
        return Cell(MISSING)
    rows = evaluation.rows
    held = rows[(rows.metric == metric) & (rows.finding == finding) & (rows.subgroup == "all")].to_dict("records")
    if not held:
        return Cell(MISSING)
    return shown(held[0]["value"], held[0]["low"], held[0]["high"], too_few=held[0].get("too_few") is True)


def details(
    row: Row, table: Table, dataset: str, outcome: Outcome, differences: Mapping[tuple[str, str], Held]
) -> dict[str, Any]:
    """What unfolds below a table: how the row was made, and its findings one by one."""
    return {
        "title": row.title,
        "command": _command(row, table, outcome.facts.get("recipe", row.recipe)),
        "facts": _facts(outcome),
        "failure": outcome.failure,
        "findings": _findings(row, table, dataset, outcome, differences),
    }


def _command(row: Row, table: Table, recipe: str) -> str:
    """What makes the row by itself, on all training images."""
    if row.members:
        titles = [one.title for one in table.rows if one.name in row.members]
        if table.metric in box_metrics:
            before = f", behind the classifier {', '.join(row.gate)}" if row.gate else ""
            return f"The boxes of {'; '.join(titles)}{', images also mirrored' if row.flips else ''}{before}."
        return f"The mean of {'all kept checkpoints of ' if row.checkpoints else ''}{'; '.join(titles)}."
    if not row.recipe:
        return ""
    changes = "".join(f" --set '{change}'" for change in row.set)
    return f"hilum train {recipe} --root ROOT --out RUN{changes}"


def _facts(outcome: Outcome) -> str:
    """Images, epochs, time and machine in a sentence."""
    facts = outcome.facts
    told = []
    if facts.get("train"):
        told.append(f"{number(facts['train'], 0)} images to learn from, {number(facts['val'], 0)} to validate with")
        told.append(f"{facts['epochs']} epochs, the best of them {facts['best_epoch']}")
        told.append(f"{facts['size']} px")
    if facts.get("seconds"):
        told.append(f"{number(facts['seconds'], 0)} s")
    machine = facts.get("machine") or {}
    if machine:
        names = (machine.get("name"), machine.get("precision"), f"{machine.get('cores', '?')} cores")
        told.append(", ".join(str(name) for name in names if name))
    return "; ".join(told) + "." if told else ""


def _findings(
    row: Row, table: Table, dataset: str, outcome: Outcome, differences: Mapping[tuple[str, str], Held]
) -> Grid | None:
    """The table's metric finding by finding: printed, ours, and the difference from the first row here."""
    printed = {key(name): value for name, value in row.figures(dataset).get(table.metric, {}).items()}
    if outcome.evaluation is None and len(printed) < 2:
        return None
    names, places = list(row.figures(dataset).get(table.metric, {})), places_of(printed.values())
    counts: dict[str, int] = {}
    if outcome.evaluation is not None:
        rows = outcome.evaluation.rows
        rows = rows[(rows.metric == table.metric) & (rows.subgroup == "all") & ~rows.finding.isin(["weighted"])]
        names, counts = list(rows.finding), dict(zip(rows.finding, rows.present, strict=True))
    columns = [
        Column("Finding", number=False),
        *map(Column, ("Present here", "Printed", "Here", "Less first row", "p")),
    ]
    grid = []
    for name in names:
        difference, mean = differences.get((row.name, name)), name in ("macro", "micro")
        grid.append(
            GridRow(
                [
                    Cell(finding_name(name)),
                    Cell("" if mean or name not in counts else number(counts[name], 0)),
                    shown(printed.get(key(name)), places=places),
                    measured(outcome.evaluation, table.metric, name),
                    *_difference(difference),
                ],
                strong=mean,
            )
        )
    return Grid(columns, grid)


def _difference(row: Held | None) -> tuple[Cell, Cell]:
    if row is None:
        return Cell(MISSING), Cell(MISSING)
    cell = shown(row["difference"], row["difference_low"], row["difference_high"])
    return cell, Cell(p_value(row["p_corrected"]))
