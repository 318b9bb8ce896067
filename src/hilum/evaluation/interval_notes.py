"""What a reader of intervals must be told: where too few patients stand behind one, and which replicates it lacks."""

from collections.abc import Mapping, Sequence

import pandas as pd

from hilum.evaluation.intervals import FEWEST_PATIENTS
from hilum.evaluation.names import MEANS, group_name
from hilum.evaluation.units import IMAGE
from hilum.schema.findings import display


def few_notes(rows: pd.DataFrame) -> list[str]:
    """A sentence that names the findings with too few patients among all images."""
    rows = rows[(rows.subgroup == "all") & rows.too_few & ~rows.finding.isin(MEANS)]
    findings = list(dict.fromkeys(rows.finding))
    if not findings:
        return []
    return [
        f"Too few patients for intervals to be trusted (fewer than {FEWEST_PATIENTS} with or without the finding): "
        f"{_listed(findings)}."
    ]


def left_out_by_group(rows: pd.DataFrame) -> dict[str, int]:
    """For each group the most replicates that one of its means over findings goes without."""
    means = rows[rows.finding.isin(["macro", "weighted"]) & (rows.left_out > 0) & (rows.interval != "wilson")]
    return {str(group): int(count) for group, count in means.groupby("subgroup", sort=False).left_out.max().items()}


def left_out_notes(left_out: Mapping[str, int], replicates: int, unit: str = IMAGE) -> list[str]:
    """A sentence for each group whose means over findings lack replicates."""
    return [
        f"{_where(group)}{count:,} of {replicates:,} bootstrap replicates drew no {unit} with one of the findings, or "
        "none without; intervals of means over findings leave them out."
        for group, count in left_out.items()
    ]


def _where(group: str) -> str:
    return "" if group == "all" else f"In {group_name(group)}: "


def _listed(findings: Sequence[str]) -> str:
    return ", ".join(display(name).lower() for name in findings)
