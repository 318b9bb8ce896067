"""Calibrators of all findings, fitted on validation images, kept in a Run, applied to every later image."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hilum.evaluation.alignment import align
from hilum.evaluation.calibrators import calibrators
from hilum.evaluation.calibrators.lines import Calibrator, from_dict, to_dict
from hilum.schema import Cohort, DataError, LabelPredictions
from hilum.schema.findings import Findings


@dataclass(frozen=True)
class Calibration:
    """One calibrator a finding.

    Args:
        method: name from the registry.
        of: by finding.
        unfitted: findings of which a class or all labels were missing; their probabilities stay as they are.
        fitted_on: images, patients, split and its hash; JSON values.
    """

    method: str
    of: dict[str, Calibrator]
    unfitted: tuple[str, ...] = ()
    fitted_on: dict[str, Any] = field(default_factory=dict)

    def apply(self, predictions: LabelPredictions) -> LabelPredictions:
        """Calibrated probabilities; findings that were not fitted stay as they are.

        Raises:
            DataError: when the predictions are calibrated already.
        """
        if "calibration" in predictions.provenance:
            raise DataError(
                f"These predictions are calibrated already ({predictions.provenance['calibration']}). "
                "Expected probabilities as the model gave them."
            )
        own = Findings(tuple(self.of))
        table = predictions.table.copy()
        for finding in predictions.findings:
            place = own.find(finding)
            if place is not None:
                table[finding] = self.of[own[place]](table[finding].to_numpy(np.float64))
        return replace(predictions, table=table, provenance={**predictions.provenance, "calibration": self.method})

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        of = {finding: to_dict(calibrator) for finding, calibrator in self.of.items()}
        return {"method": self.method, "of": of, "unfitted": list(self.unfitted), "fitted_on": self.fitted_on}

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> "Calibration":
        """From what `to_dict` gave."""
        of = {finding: from_dict(values) for finding, values in held["of"].items()}
        return cls(held["method"], of, tuple(held["unfitted"]), dict(held["fitted_on"]))


def fit_calibration(
    predictions: LabelPredictions, cohort: Cohort, *, split: str | None = "val", method: str = "platt"
) -> Calibration:
    """Fit each finding's calibrator on images that are not the test's: validation, or a user's own site.

    Args:
        predictions: probabilities as the model gave them.
        cohort: the images with their labels.
        split: the split to fit on; every image both hold if None.
        method: name from the registry.
    """
    aligned, chosen = align(predictions, cohort, split=split), calibrators[method]
    of: dict[str, Calibrator] = {}
    unfitted = []
    for k, finding in enumerate(aligned.findings):
        rows = aligned.known(k)
        present, score = aligned.present[rows, k], aligned.score[rows, k]
        if len(np.unique(present)) == 2:
            of[finding] = chosen(present, score)
        else:
            unfitted.append(finding)
    unfitted += aligned.account["findings_not_labeled"]
    fitted_on = {key: aligned.account[key] for key in ("images", "patients", "images_hash", "split", "split_hash")}
    return Calibration(method, of, tuple(unfitted), {"cohort": cohort.name, **fitted_on})
