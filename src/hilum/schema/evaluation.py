"""Evaluation: metric values with intervals, per finding and per subgroup."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from hilum.schema.errors import DataError
from hilum.schema.files import write_json

COLUMNS = ("finding", "subgroup", "metric", "value", "low", "high", "present", "absent")


@dataclass(frozen=True)
class Evaluation:
    """Numbers, each with what it rests on.

    Args:
        rows: `finding` (a name, `macro` or `micro`), `subgroup` (`all` or as in `sex=F`), `metric`, `value`,
            `low` and `high` (95 % interval), `present` and `absent` (how many images it rests on). `evaluate` adds
            `interval` (its method), `too_few` (whether it rests on too few patients) and `left_out` (replicates in
            which the row is not defined).
        provenance: predictions, cohort, split and its hash, patients, interval method, versions, what was left out.
        curves: per finding what figures are drawn from (ROC, precision-recall, reliability), JSON values.
    """

    rows: pd.DataFrame
    provenance: dict[str, Any] = field(default_factory=dict)
    curves: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        missing = [column for column in COLUMNS if column not in self.rows]
        if missing:
            raise DataError(f"Evaluation rows lack {', '.join(missing)}. Expected {', '.join(COLUMNS)}.")

    def value(self, metric: str, finding: str = "macro", subgroup: str = "all") -> float:
        """One number; an error when it was not measured."""
        rows = self.rows
        hit = rows[(rows.metric == metric) & (rows.finding == finding) & (rows.subgroup == subgroup)]
        if hit.empty:
            raise DataError(f"The evaluation holds no {metric} of {finding} in {subgroup}.")
        return float(hit.value.iloc[0])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write as JSON: `{"provenance": …, "rows": [...], "curves": …}`."""
        rows = self.rows.to_dict("records")
        write_json(path, {"provenance": self.provenance, "rows": rows, "curves": self.curves})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Evaluation":
        """Read what `save` wrote."""
        try:
            held = json.loads(Path(path).read_text(encoding="utf-8"))
            return cls(pd.DataFrame(held["rows"]), held["provenance"], held.get("curves", {}))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}: not an evaluation.json ({error!r}). Write one with `hilum evaluate`.") from error
