"""What was fitted to a Run after its weights, as it lies in the Run: calibration and operating points, or neither."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from hilum.evaluation import Calibration, OperatingPoints
from hilum.runs import Run
from hilum.schema import Findings


def calibration_of(run: Run) -> Calibration | None:
    """What makes the Run's probabilities honest; None where it keeps none.

    Raises:
        RunError: when the file is damaged or speaks of other findings.
    """

    def read(held: Any) -> Calibration:
        calibration = Calibration.from_dict(held)
        _check_names(calibration.of, run.findings)
        for finding, calibrate in calibration.of.items():
            if not np.isfinite(calibrate(np.array([0.2, 0.8]))).all():
                raise ValueError(f"no numbers for {finding}")
        return calibration

    return run.artifact("calibration", read)


def points_of(run: Run) -> OperatingPoints | None:
    """From which probability on a finding is called; None where the Run keeps no points.

    Raises:
        RunError: when the file is damaged or does not have each finding's point.
    """

    def read(held: Any) -> OperatingPoints:
        points = OperatingPoints.from_dict(held)
        _check_names(points.thresholds, run.findings)
        if len(points.points) != len(run.findings):
            raise ValueError(f"{len(points.points)} points for {len(run.findings)} findings")
        if not all(isinstance(value, (int, float)) and np.isfinite(value) for value in points.thresholds.values()):
            raise TypeError("a threshold that is no number")
        return points

    return run.artifact("operating_points", read)


def _check_names(names: Iterable[str], findings: Findings) -> None:
    strangers = [name for name in names if name not in findings]
    if strangers:
        raise ValueError(f"it speaks of {strangers[0]}, which is no finding of this Run")
