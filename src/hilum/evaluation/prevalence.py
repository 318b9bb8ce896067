"""PPV and NPV where the finding is as common as stated: a test set's own prevalence is rarely the ward's."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from hilum.evaluation.methods import listed_words
from hilum.evaluation.names import MEANS
from hilum.schema import ConfigError, Evaluation
from hilum.schema.findings import Findings, display

RATIOS = {"positive_likelihood_ratio": "ppv_at_prevalence", "negative_likelihood_ratio": "npv_at_prevalence"}


def with_prevalence(evaluation: Evaluation, prevalence: float | Mapping[str, float]) -> Evaluation:
    """The same evaluation with rows `ppv_at_prevalence` and `npv_at_prevalence` of each finding.

    The odds after a call are the odds before it times the likelihood ratio (Bayes), so that an end of the ratio's
    interval is an end of theirs. They hold where sensitivity and specificity are as here.

    Args:
        evaluation: that holds the likelihood ratios.
        prevalence: share of images with the finding, in (0, 1): one for all, or one a finding; a finding that is not
            named gets no row.

    Raises:
        ConfigError: for a share outside (0, 1), a finding that was not measured, or ratios that were not.
    """
    rows = evaluation.rows
    if not set(RATIOS) <= set(rows.metric):
        raise ConfigError(f"PPV and NPV at a prevalence are made of {listed_words(list(RATIOS))}. Measure both.")
    names = Findings(tuple(name for name in dict.fromkeys(rows.finding) if name not in MEANS))
    each = dict(prevalence) if isinstance(prevalence, Mapping) else dict.fromkeys(names, prevalence)
    each = {names[names.position(name)]: share for name, share in each.items()}
    for name, share in each.items():
        if not 0 < share < 1:
            raise ConfigError(f"A prevalence of {share:g} for {name}. Expected a share between 0 and 1, as 0.02.")
    plain = ~rows.subgroup.str.contains(": ")
    chosen = rows[rows.metric.isin(RATIOS) & rows.finding.isin(each) & plain]
    added = pd.DataFrame(list(_rows(chosen.to_dict("records"), each)), columns=rows.columns)
    table = pd.concat([rows, added], ignore_index=True) if len(added) else rows
    return replace(evaluation, rows=table, provenance=evaluation.provenance | {"prevalence": each})


def _rows(rows: list[dict[Any, Any]], each: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    for row in rows:
        before, made = logit(each[row["finding"]]), RATIOS[row["metric"]]
        ends = [after(before, float(row[end]), negative=made.startswith("npv")) for end in ("value", "low", "high")]
        value, edges = ends[0], sorted(ends[1:])
        yield row | {"metric": made, "value": value, "low": edges[0], "high": edges[1]}


def after(before: float, ratio: float, *, negative: bool) -> float:
    """PPV, or NPV, from the log-odds of the finding before and the likelihood ratio.

    >>> round(after(logit(0.1), 9.0, negative=False), 4), round(after(logit(0.1), 0.1, negative=True), 4)
    (0.5, 0.989)
    """
    if math.isnan(ratio):
        return float("nan")
    with np.errstate(divide="ignore"):
        odds = before + np.log(ratio)
    return float(expit(-odds if negative else odds))


def prevalence_sentence(prevalence: Mapping[str, float] | None) -> str:
    """Which prevalence was stated; nothing where none was.

    >>> prevalence_sentence({"Hernia": 0.002})
    'PPV and NPV at a prevalence of Hernia 0.002.'
    """
    if not prevalence:
        return ""
    shares = set(prevalence.values())
    if len(shares) == 1 and len(prevalence) > 1:
        return f"PPV and NPV at a prevalence of {shares.pop():g}."
    return (
        f"PPV and NPV at a prevalence of {listed_words([f'{display(name)} {x:g}' for name, x in prevalence.items()])}."
    )
