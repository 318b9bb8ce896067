"""Tables to take along: numbers as papers print them, in Markdown for reading and in LaTeX for a paper."""

from collections.abc import Sequence

import pandas as pd

from hilum.evaluation.compare import Comparison
from hilum.evaluation.names import MEANS, finding_name, title
from hilum.schema import ConfigError, Evaluation
from hilum.schema.formatting import MISSING as MISSING
from hilum.schema.formatting import ends as ends
from hilum.schema.formatting import is_number as is_number
from hilum.schema.formatting import number as number

TEX = str.maketrans(
    {sign: f"\\{sign}" for sign in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\textasciitilde{}"}
    | {"<": "$<$", ">": "$>$", "−": "$-$", "–": "--"}
)  # what LaTeX would take for something else
COUNT = 20  # a value as large is a count, and shown without decimals


def interval_table(evaluation: Evaluation, metrics: Sequence[str], *, subgroup: str = "all") -> pd.DataFrame:
    """One row a finding, then the means; one column a metric, each cell as in `0.812 (0.790–0.833)`.

    Args:
        evaluation: the numbers.
        metrics: the columns, after the images with and without the finding.
        subgroup: of which images.

    Raises:
        ConfigError: for a metric that was not measured.
    """
    rows = evaluation.rows[evaluation.rows.subgroup == subgroup]
    missing = [metric for metric in metrics if metric not in set(rows.metric)]
    if missing:
        raise ConfigError(
            f"Not measured in {subgroup}: {', '.join(missing)}. Expected any of: {', '.join(rows.metric.unique())}."
        )
    rows = rows[rows.metric.isin(metrics)]
    images = rows.drop_duplicates("finding").set_index("finding")
    table = pd.DataFrame({"Finding": [finding_name(name) for name in images.index]})
    for side in ("present", "absent"):
        table[side.capitalize()] = [
            "" if name in MEANS else number(count, 0) for name, count in zip(images.index, images[side], strict=True)
        ]
    for metric in metrics:
        held = rows[rows.metric == metric].set_index("finding").reindex(images.index)
        table[title(metric)] = _intervals(held)
    return table


def comparison_table(comparison: Comparison, metric: str) -> pd.DataFrame:
    """One row a finding, then the means; for each model its value, for the others the difference and p, corrected."""
    held = comparison.table[comparison.table.metric == metric]
    reference = comparison.provenance["reference"]
    names = list(held.finding.unique())
    table = pd.DataFrame({"Finding": [finding_name(name) for name in names]})
    for model in dict.fromkeys(held.model):
        own = held[held.model == model].set_index("finding").reindex(names)
        table[model] = _intervals(own)
        if model != reference:
            differences = own[["difference", "difference_low", "difference_high"]].to_numpy(float)
            table[f"{model} less {reference}"] = [interval(*values) for values in differences]
            table[f"p ({model})"] = [p_value(p) for p in own.p_corrected]
    return table


def _intervals(rows: pd.DataFrame) -> list[str]:
    """Values with their intervals, and a word where too few patients stand behind one."""
    few = [row is True for row in rows.too_few] if "too_few" in rows else [False] * len(rows)
    values = rows[["value", "low", "high"]].to_numpy(float)
    return [interval(*each, too_few=flag) for each, flag in zip(values, few, strict=True)]


def interval(value: float, low: float, high: float, *, too_few: bool = False) -> str:
    """A number with its interval, on one line.

    >>> interval(0.81234, 0.79, 0.8333), interval(412, 371, 455), interval(float("nan"), 0, 1)
    ('0.812 (0.790–0.833)', '412 (371–455)', '–')
    """
    if not is_number(value):
        return MISSING
    places = 0 if abs(value) >= COUNT else 3
    return f"{number(value, places)} {ends(low, high, places, too_few=too_few)}".strip()


def p_value(p: float) -> str:
    """A p value as papers write it.

    >>> p_value(0.0004), p_value(0.0312), p_value(0.27), p_value(float("nan"))
    ('<0.001', '0.031', '0.27', '–')
    """
    if not is_number(p):
        return MISSING
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


def _tex(text: str) -> str:
    return text.translate(TEX)
