"""How far the figures hang on what is done with labels that are uncertain or not mentioned."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from hilum.evaluation.evaluate import evaluate
from hilum.schema import Cohort, Evaluation, LabelPredictions

METRIC = "auroc"
READ_AS = {  # what is asked, of which labels, and as what they then count
    "uncertain present": ("uncertain", 1.0),
    "uncertain absent": ("uncertain", 0.0),
    "not mentioned absent": ("not_mentioned", 0.0),
}
MEAN = "macro"


def sensitivity(evaluation: Evaluation, predictions: LabelPredictions, cohort: Cohort) -> list[dict[str, Any]]:
    """The AUROC again with labels counted that the evaluation left out; nothing where it left none out.

    Args:
        evaluation: what was measured, with uncertain and not mentioned labels left out.
        predictions: that it measured.
        cohort: that it measured them on.

    Returns:
        Rows `labels` (`as measured`, or a key of `READ_AS`), `finding` (those with such labels, and `macro`), `value`,
        `low`, `high`, `too_few`: JSON values.
    """
    counts = evaluation.provenance["findings"]
    asked = [name for name, (kind, _) in READ_AS.items() if any(each[kind] for each in counts.values())]
    if not asked or METRIC not in set(evaluation.rows.metric):
        return []
    touched = {name for name, each in counts.items() if each["uncertain"] or each["not_mentioned"]}
    found = list(_rows("as measured", evaluation, touched))
    for name in asked:
        read = evaluate(
            predictions,
            _read_as(cohort, *READ_AS[name]),
            split=evaluation.provenance["split"],
            metrics=[METRIC],
            interval=evaluation.provenance["interval"],
            replicates=evaluation.provenance["replicates"],
            seed=evaluation.provenance["seed"],
            curves=False,
        )
        found += _rows(name, read, touched)
    return found


def _read_as(cohort: Cohort, kind: str, value: float) -> Cohort:
    """The cohort with these labels counted; a finding that its owner never labels stays as it is."""
    labels = cohort.labels
    unsure = labels.eq(-1) if kind == "uncertain" else labels.isna() & labels.notna().any()
    return replace(cohort, labels=labels.mask(unsure, np.float32(value)))


def _rows(name: str, evaluation: Evaluation, touched: set[str]) -> Iterator[dict[str, Any]]:
    rows = evaluation.rows
    rows = rows[(rows.metric == METRIC) & (rows.subgroup == "all") & rows.finding.isin([*touched, MEAN])]
    for row in rows.to_dict("records"):
        figures = {key: None if np.isnan(row[key]) else float(row[key]) for key in ("value", "low", "high")}
        yield {"labels": name, "finding": row["finding"], **figures, "too_few": bool(row["too_few"])}
