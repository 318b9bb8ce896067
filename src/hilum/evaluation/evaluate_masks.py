"""From matched masks to an Evaluation: every metric of every structure, with intervals by patient."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from hilum.evaluation.bootstrap import Draws, draw, measure
from hilum.evaluation.matching.masks import MaskMatch
from hilum.evaluation.metrics import mask_metrics
from hilum.evaluation.metrics.sums import Values, Weights
from hilum.schema import Evaluation

LEVEL, FEWEST = 0.95, 10
MACRO = "macro"
RATIO = "cardiothoracic_ratio"
DISTANCES = ("hausdorff_95", "surface_distance")


def evaluate_masks(
    matches: Mapping[str, MaskMatch],
    images: pd.DataFrame,
    *,
    ratios: pd.DataFrame | None = None,
    metrics: Sequence[str] | None = None,
    replicates: int = 1000,
    seed: int = 0,
    notes: Sequence[str] = (),
) -> Evaluation:
    """Say how good predicted masks are, with 95 % intervals that take patients, not images, for independent.

    A row is one metric of one structure; `macro` is the mean over structures. Where there are ratios, the rows of
    `cardiothoracic_ratio` hold its mean absolute error and its bias.

    Args:
        matches: by structure.
        images: the images that the matches' rows count, with `patient_id`.
        ratios: cardiothoracic ratios: `row` (of the images), `predicted`, `actual`.
        metrics: `hilum ls mask-metrics`; all if left out.
        replicates: of the bootstrap; the same ones for every row.
        seed: of the bootstrap.
        notes: what a reader must be told, in sentences; what could not be measured is added.
    """
    names = list(mask_metrics) if metrics is None else list(metrics)
    functions = {name: mask_metrics[name] for name in names}
    draws = draw(images.patient_id, replicates=replicates, seed=seed, method="percentile")
    found = {structure: measure(functions, match, draws) for structure, match in matches.items()}
    rows = [row for structure, values in found.items() for row in _rows(structure, values, matches[structure], draws)]
    if len(matches) > 1:
        rows += _means(found, matches, draws, images)
    if ratios is not None and len(ratios):
        rows += _of_ratios(ratios, draws)
    units = sorted({match.unit for match in matches.values()})
    provenance = {
        "images": len(images),
        "patients": int(images.patient_id.nunique()),
        "structures": {name: len(match.rows) for name, match in matches.items()},
        "unit": units[0] if len(units) == 1 else units,
        "tolerance": {name: f"{match.tolerance:g} {match.unit}" for name, match in matches.items()},
        "replicates": replicates,
        "seed": seed,
        "interval": "percentile",
        "level": LEVEL,
        "versions": {name: version(name) for name in ("hilum", "numpy", "pandas", "scipy")},
        "notes": [*notes, *_unfound(matches)],
    }
    return Evaluation(pd.DataFrame(rows), provenance)


def dice_of_each(matches: Mapping[str, MaskMatch], images: pd.DataFrame) -> pd.DataFrame:
    """`image_id`, `structure` and `dice` of every pair of regions, the worst first."""
    tables = []
    for structure, match in matches.items():
        both = match.predicted + match.actual
        dice = np.divide(2 * match.shared, both, out=np.ones_like(both), where=both > 0)
        ids = images.image_id.to_numpy()[match.rows]
        tables.append(pd.DataFrame({"image_id": ids, "structure": structure, "dice": dice}))
    return pd.concat(tables, ignore_index=True).sort_values("dice", kind="stable", ignore_index=True)


def _rows(structure: str, values: Mapping[str, Values], match: MaskMatch, draws: Draws) -> Iterator[dict[str, Any]]:
    patients = len(np.unique(draws.patient[match.rows]))
    for metric, each in values.items():
        yield _row(structure, metric, each, draws, len(match.rows), patients)


def _row(structure: str, metric: str, values: Values, draws: Draws, images: int, patients: int) -> dict[str, Any]:
    low, high = draws.interval(values, level=LEVEL)
    return {
        "finding": structure, "subgroup": "all", "metric": metric, "value": float(values[0]), "low": low, "high": high,
        "present": images, "absent": 0, "interval": "percentile", "too_few": patients < FEWEST, "left_out": 0,
    }  # fmt: skip


def _means(
    found: Mapping[str, Mapping[str, Values]], matches: Mapping[str, MaskMatch], draws: Draws, images: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    """Over structures; distances only where all have one unit."""
    one_unit = len({match.unit for match in matches.values()}) == 1
    for metric in next(iter(found.values())):
        if one_unit or metric not in DISTANCES:
            mean = np.mean([values[metric] for values in found.values()], axis=0)
            yield _row(MACRO, metric, mean, draws, len(images), draws.patients)


def _of_ratios(ratios: pd.DataFrame, draws: Draws) -> Iterator[dict[str, Any]]:
    rows = ratios.row.to_numpy(np.intp)
    error = (ratios.predicted - ratios.actual).to_numpy(np.float64)
    weights = Weights(draws.weights.astype(np.float64, order="C"), draws.patient[rows])
    patients = len(np.unique(draws.patient[rows]))
    for metric, each in (("absolute_error", np.abs(error)), ("bias", error)):
        yield _row(RATIO, metric, weights.mean(each), draws, len(rows), patients)


def _unfound(matches: Mapping[str, MaskMatch]) -> list[str]:
    """Regions that were not predicted at all, which no distance tells of."""
    notes = []
    for name, match in matches.items():
        missed = int(((match.predicted == 0) & (match.actual > 0)).sum())
        if missed:
            notes.append(
                f"{name}: nothing was predicted on {missed:,} of {len(match.rows):,} images; their Dice is 0, and "
                "they have no distances."
            )
    return notes
