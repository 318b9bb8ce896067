"""Readers: tables that hold calls, 0 or 1, and no probabilities. A call has no order, so it has no curve."""

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.alignment import Aligned
from hilum.evaluation.metrics import metrics as registry
from hilum.evaluation.metrics import of_family
from hilum.schema import ConfigError, LabelPredictions
from hilum.schema.errors import listed
from hilum.schema.findings import display

OF_CALLS = ("recall", "specificity")  # what two readers are compared by where no metric is asked for


def calls(aligned: Aligned) -> NDArray[np.bool_]:
    """(K,) whether what is said of a finding is calls: all of it 0 or 1, and not the same 0 beside probabilities."""
    known = ~np.isnan(aligned.score)
    binary = (np.isin(aligned.score, (0.0, 1.0)) | ~known).all(axis=0) & known.any(axis=0)
    return np.asarray(binary & (binary.all() | (aligned.score == 1).any(axis=0)))


@cache
def not_of_calls() -> frozenset[str]:
    """The metrics that calls alone do not tell: those of order, and those of probabilities."""
    return frozenset([*of_family("ranking"), *of_family("probability"), "lrap", "coverage_error"])


def measurable(aligned: Iterable[Aligned], asked: Sequence[str] | None, usual: Sequence[str]) -> list[str]:
    """The metrics to measure: those asked for, else the usual ones; of calls alone, those that calls tell.

    Args:
        aligned: predictions of one or several.
        asked: names from the registry, or None.
        usual: what is measured where none is asked for.

    Raises:
        ConfigError: when metrics of curves are asked for by name and nobody gave more than calls.
    """
    names = list(usual if asked is None else asked)
    for name in names:
        registry[name]  # refused under its name where there is no such metric
    if not all(calls(held).all() for held in aligned):
        return names
    curves = [name for name in names if name in not_of_calls()]
    if asked is not None and curves:
        raise ConfigError(
            f"These predictions hold 0 and 1 alone, a reader's calls, which have no {listed(curves)}. "
            "Expected metrics of calls, as recall and specificity."
        )
    return [name for name in names if name not in curves] or list(OF_CALLS)


def refuse_scores(predictions: LabelPredictions, metrics: Sequence[str], name: str = "The predictions") -> None:
    """Refuse to take numbers that are no probabilities for some.

    Raises:
        ConfigError: when other metrics than those of order are to be measured on them.
    """
    others = [metric for metric in metrics if metric not in of_family("ranking")]
    if predictions.scores and others:
        raise ConfigError(
            f"{name}: their values are scores, not probabilities, and have no {listed(others)}. "
            f"Expected metrics of order: {listed(of_family('ranking'))}."
        )


def calls_note(aligned: Aligned, name: str = "") -> list[str]:
    """A sentence that says which findings are calls; none where none is."""
    chosen = [finding for finding, is_call in zip(aligned.findings, calls(aligned), strict=True) if is_call]
    if not chosen:
        return []
    which = "all findings" if len(chosen) == len(aligned.findings) else listed(map(display, chosen))
    start = f"{name}: {which}" if name else which[0].upper() + which[1:]
    return [
        f"{start} are given as 0 or 1, a reader's calls: they have no AUROC, no average precision and no calibration."
    ]
