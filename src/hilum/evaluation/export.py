"""Tables to take along: CSV for computing, Markdown for reading, LaTeX for a paper."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from hilum.evaluation.compare import Comparison
from hilum.schema import ConfigError, Evaluation
from hilum.schema.files import write_text
from hilum.schema.findings import display

MISSING = "–"
MEANS = {"macro": "Mean (macro)", "weighted": "Mean (weighted)", "micro": "All labels (micro)"}


def interval_table(evaluation: Evaluation, metrics: Sequence[str], *, subgroup: str = "all") -> pd.DataFrame:
    """One row a finding, then the means; one column a metric, each cell as in `0.812 (0.790–0.833)`.

    Args:
        evaluation: the numbers.
        metrics: the columns.
        subgroup: of which films.

    Raises:
        ConfigError: for a metric that was not measured.
    """
    rows = evaluation.rows[evaluation.rows.subgroup == subgroup]
    missing = [metric for metric in metrics if metric not in set(rows.metric)]
    if missing:
        raise ConfigError(
            f"Not measured in {subgroup}: {', '.join(missing)}. Expected any of: {', '.join(rows.metric.unique())}."
        )
    cells = rows.assign(cell=[interval(*values) for values in rows[["value", "low", "high"]].to_numpy(float)])
    wide = cells.pivot(index="finding", columns="metric", values="cell")
    wide = wide.reindex(index=rows.finding.unique(), columns=list(metrics)).fillna(MISSING).reset_index()
    return wide.rename_axis(columns=None).assign(finding=[_named(name) for name in wide.finding])


def comparison_table(comparison: Comparison, metric: str) -> pd.DataFrame:
    """One row a finding, then the means; for each model its value, for the others the difference and p, corrected."""
    held = comparison.table[comparison.table.metric == metric]
    reference = comparison.provenance["reference"]
    table = pd.DataFrame({"finding": held.finding.unique()})
    for model in dict.fromkeys(held.model):
        own = held[held.model == model].set_index("finding").loc[table.finding]
        table[model] = [interval(*values) for values in own[["value", "low", "high"]].to_numpy(float)]
        if model != reference:
            ends = own[["difference", "difference_low", "difference_high"]].to_numpy(float)
            table[f"{model} less {reference}"] = [interval(*values) for values in ends]
            table[f"p ({model})"] = [MISSING if pd.isna(p) else p_value(p) for p in own.p_corrected]
    return table.assign(finding=[_named(name) for name in table.finding])


def interval(value: float, low: float, high: float) -> str:
    """A number with its interval.

    >>> interval(0.81234, 0.79, 0.8333), interval(-0.01, -0.02, 0.005), interval(412, 371, 455)
    ('0.812 (0.790–0.833)', '−0.010 (−0.020 to 0.005)', '412 (371–455)')
    """
    if math.isnan(value):
        return MISSING
    places = 0 if abs(value) >= 20 else 3
    texts = [f"{number:,.{places}f}".replace("-", "−") for number in (value, low, high)]
    joint = " to " if low < 0 else "–"
    return texts[0] if math.isnan(low) else f"{texts[0]} ({texts[1]}{joint}{texts[2]})"


def p_value(p: float) -> str:
    """A p value as papers write it.

    >>> p_value(0.0004), p_value(0.0312), p_value(0.27)
    ('<0.001', '0.031', '0.27')
    """
    return "<0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def markdown(table: pd.DataFrame) -> str:
    """The table in Markdown, the first column flush left."""
    lines = [list(table.columns), [":---", *["---:"] * (table.shape[1] - 1)], *table.to_numpy().tolist()]
    return "".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def latex(table: pd.DataFrame) -> str:
    """The table for LaTeX with the booktabs rules."""
    lines = [" & ".join(_tex(str(cell)) for cell in line) + r" \\" for line in [table.columns, *table.to_numpy()]]
    columns = "l" + "r" * (table.shape[1] - 1)
    head = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", lines[0], r"\midrule"]
    return "\n".join([*head, *lines[1:], r"\bottomrule", r"\end{tabular}"]) + "\n"


def write_tables(folder: str | os.PathLike[str], name: str, rows: pd.DataFrame, table: pd.DataFrame) -> None:
    """Write `name.csv` (every row, every digit), `name.md` and `name.tex` (the table) into the folder."""
    write_text(Path(folder) / f"{name}.csv", rows.to_csv(index=False, lineterminator="\n"))
    write_text(Path(folder) / f"{name}.md", markdown(table))
    write_text(Path(folder) / f"{name}.tex", latex(table))


def _named(finding: str) -> str:
    return MEANS.get(finding, display(finding))


def _tex(text: str) -> str:
    for sign in "&%$#_{}":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("<", "$<$").replace("−", "$-$").replace("–", "--")
