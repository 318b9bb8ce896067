"""What is done to predictions before they leave: calibrated, in the owner's pixels, with their operating points."""

from dataclasses import replace
from typing import Any

from hilum.evaluation import Calibration, OperatingPoints
from hilum.schema import BoxPredictions, Cohort, Findings, LabelPredictions

FACTS = ("rule", "options", "thresholds", "fitted_on")


def calibrated(
    predictions: LabelPredictions, calibration: Calibration | None, points: OperatingPoints | None
) -> LabelPredictions:
    """The same, as the calibration says, where there is one; with the operating points that belong to it."""
    if calibration is not None:
        predictions = calibration.apply(predictions)
    return replace(predictions, provenance=predictions.provenance | _travelling(points))


def placed(
    predictions: BoxPredictions, cohort: Cohort | None, findings: Findings, points: OperatingPoints | None
) -> BoxPredictions:
    """Boxes in the owner's pixels, in which true ones are, where a cohort says which those are; with their cuts."""
    if cohort is not None:
        predictions = predictions.on_canvas(cohort.images)
    facts = predictions.provenance | {"findings": list(findings)} | _travelling(points)
    return replace(predictions, header=replace(predictions.header, provenance=facts))


def _travelling(points: OperatingPoints | None) -> dict[str, Any]:
    """The operating points as they travel with predictions; nothing where there are none."""
    return {} if points is None else {"operating_points": {name: getattr(points, name) for name in FACTS}}
