"""How far readers agree beyond chance: Fleiss' kappa of all of them, Cohen's of each pair, over patients."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from hilum.evaluation.alignment import Aligned
from hilum.evaluation.bootstrap import Draws
from hilum.evaluation.intervals import FEWEST_PATIENTS
from hilum.evaluation.metrics.fleiss_kappa import fleiss_kappa
from hilum.evaluation.metrics.labels.cohen_kappa import cohen_kappa
from hilum.evaluation.metrics.sums import Values, Weights
from hilum.schema import ConfigError

ALL = "all readers"


def agreement(readers: Mapping[str, Aligned], draws: Draws, level: float) -> pd.DataFrame:
    """Kappa with a bootstrap interval over patients, on the images that all readers judged.

    Args:
        readers: calls by reader, of the same images.
        draws: the replicates, of the same images.
        level: of the intervals.

    Returns:
        One row a finding and pair (`first`, `second`), and one with Fleiss' kappa of all (`first` is "all readers"):
        `value`, `low`, `high`, `images`, `called` (share of all calls that are 1), `agreed` (share of pairs of calls
        that are the same), `too_few` (fewer patients than an interval can be trusted with are called, or are not).
    """
    if len(readers) < 2:
        raise ConfigError(f"{len(readers)} readers. Expected two or more to agree.")
    one = next(iter(readers.values()))
    rows = []
    for k, finding in enumerate(one.findings):
        known = ~np.any([np.isnan(held.score[:, k]) for held in readers.values()], axis=0)
        table = np.stack([held.score[known, k] for held in readers.values()], axis=1)
        if not len(table):
            continue
        weights = [Weights(draws.weights.astype(np.float64, order="C"), draws.patient[known])]
        pairs = list(combinations(range(len(readers)), 2))
        names = list(readers)
        values = fleiss_kappa(table, weights[0])
        rows.append(_row(finding, (ALL, ""), values, table, draws, known, level))
        for first, second in pairs:
            both = table[:, [first, second]]
            values = cohen_kappa(both[:, 0], both[:, 1], weights[0])
            rows.append(_row(finding, (names[first], names[second]), values, both, draws, known, level))
    return pd.DataFrame(rows)


def _row(
    finding: str, who: tuple[str, str], values: object, table: Values, draws: Draws, known: Values, level: float
) -> dict[str, object]:
    held = np.asarray(values, dtype=np.float64)
    readers = table.shape[1]
    yes = table.sum(axis=1)
    agreed = (yes * (yes - 1) + (readers - yes) * (readers - yes - 1)) / (readers * (readers - 1))
    patient = draws.patient[known]
    fewest = min(len(np.unique(patient[rows])) for rows in (yes > 0, yes < readers))
    low, high = draws.interval(held, level=level, patients=fewest) if fewest > 1 else (float("nan"),) * 2
    return {
        "finding": finding, "first": who[0], "second": who[1], "value": float(held[0]), "low": low, "high": high,
        "images": len(table), "called": float(table.mean()), "agreed": float(agreed.mean()),
        "too_few": fewest < FEWEST_PATIENTS,
    }  # fmt: skip
