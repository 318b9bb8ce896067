"""What was fitted to a Run after its weights, as it lies in the Run: calibration and operating points, or neither."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from hilum.evaluation import Calibration, OperatingPoints
from hilum.inference.exported import FITS, artifact, exported_of
from hilum.runs import Run
from hilum.runs.files import reading
from hilum.schema import Findings


def fits_of(run: Run, backend: str) -> tuple[Calibration | None, OperatingPoints | None]:
    """What belongs to what a backend says: the Run's own fits, or those of an export that has others (int8)."""
    exported = None if backend == "torch" else exported_of(run, backend)
    if exported is None or exported.precision == "fp32":
        return calibration_of(run), points_of(run)
    with reading(run.folder / f"{artifact(backend)}.json", "the fits of an export"):
        calibration, points = (exported.fits.get(name) for name in FITS)
        return (
            None if calibration is None else _calibration(run, calibration),
            None if points is None else _points(run, points),
        )


def calibration_of(run: Run) -> Calibration | None:
    """What makes the Run's probabilities honest; None where it keeps none.

    Raises:
        RunError: when the file is damaged or speaks of other findings.
    """
    return run.artifact("calibration", partial(_calibration, run))


def points_of(run: Run) -> OperatingPoints | None:
    """From which probability on a finding is called; None where the Run keeps no points.

    Raises:
        RunError: when the file is damaged or does not have each finding's point.
    """
    return run.artifact("operating_points", partial(_points, run))


def _calibration(run: Run, held: Any) -> Calibration:
    calibration = Calibration.from_dict(held)
    _check_names(calibration.of, run.findings)
    for finding, calibrate in calibration.of.items():
        if not np.isfinite(calibrate(np.array([0.2, 0.8]))).all():
            raise ValueError(f"no numbers for {finding}")
    return calibration


def _points(run: Run, held: Any) -> OperatingPoints:
    points = OperatingPoints.from_dict(held)
    _check_names(points.thresholds, run.findings)
    if len(points.points) != len(run.findings):
        raise ValueError(f"{len(points.points)} points for {len(run.findings)} findings")
    if not all(isinstance(value, (int, float)) and np.isfinite(value) for value in points.thresholds.values()):
        raise TypeError("a threshold that is no number")
    return points


def _check_names(names: Iterable[str], findings: Findings) -> None:
    strangers = [name for name in names if name not in findings]
    if strangers:
        raise ValueError(f"it speaks of {strangers[0]}, which is no finding of this Run")
