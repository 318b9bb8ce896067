"""Metrics of boxes of every finding and their mean, on the replicates of one draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.evaluation.bootstrap import Draws, measure
from hilum.evaluation.box_alignment import AlignedBoxes
from hilum.evaluation.box_measures import Measured
from hilum.evaluation.matching.boxes import BoxMatch
from hilum.evaluation.metrics.sums import Values
from hilum.evaluation.subgroups import FEWEST_PATIENTS


@dataclass(frozen=True)
class BoxResult:
    """One metric of one finding.

    Args:
        finding: a name, or `macro`.
        metric: as asked for.
        values: (C,) the value, its replicates, its jackknife.
        present: images with a true box.
        absent: images without.
        too_few: whether fewer than ten patients bear a true box.
    """

    finding: str
    metric: str
    values: Values
    present: int
    absent: int
    too_few: bool

    def row(self, draws: Draws, level: float) -> dict[str, Any]:
        """As a row of an Evaluation, without its subgroup."""
        low, high = draws.interval(self.values, level=level)
        return {
            "finding": self.finding, "metric": self.metric, "value": float(self.values[0]), "low": low, "high": high,
            "present": self.present, "absent": self.absent, "interval": draws.method, "too_few": self.too_few,
            "left_out": int(np.isnan(self.values[1 : 1 + draws.replicates]).sum()),
        }  # fmt: skip


def study_boxes(
    aligned: AlignedBoxes,
    metrics: Sequence[dict[str, Measured]],
    draws: Draws,
    rows: NDArray[np.intp] | None = None,
    workers: int | None = None,
) -> list[BoxResult]:
    """Every metric of every finding, then its mean over the findings of which a true box is there.

    Args:
        aligned: the boxes.
        metrics: of each finding.
        draws: the replicates.
        rows: only these images; all if left out.
        workers: threads.
    """
    results: list[BoxResult] = []
    for finding, match, named in zip(aligned.findings, aligned.matches, metrics, strict=True):
        part = match if rows is None else match.among(np.flatnonzero(np.isin(match.rows, rows)))
        if not len(part.actual):
            continue
        few = _patients(aligned.images.images, part) < FEWEST_PATIENTS
        present, absent = int((part.actual > 0).sum()), int((part.actual == 0).sum())
        measured = measure(named, part, draws, workers=workers)
        results += [BoxResult(finding, name, held, present, absent, few) for name, held in measured.items()]
    return results + [mean for name in metrics[0] if (mean := _mean(name, results)) is not None]


def _mean(name: str, results: Sequence[BoxResult]) -> BoxResult | None:
    each = [held for held in results if held.metric == name and held.present and not np.isnan(held.values[0])]
    if not each:
        return None
    present, absent = (sum(getattr(held, side) for held in each) for side in ("present", "absent"))
    few = all(held.too_few for held in each)
    return BoxResult("macro", name, np.mean([held.values for held in each], axis=0), present, absent, few)


def _patients(images: pd.DataFrame, match: BoxMatch) -> int:
    return int(images.patient_id.iloc[match.rows[match.actual > 0]].nunique())
