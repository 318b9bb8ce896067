"""Anyone's table of predictions, calibrated and given thresholds: on other patients than those it is scored on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.evaluation.calibration import Calibration, fit_calibration
from hilum.evaluation.cuts import folds_of
from hilum.evaluation.thresholds import OperatingPoints, fit_operating_points
from hilum.schema import Cohort, ConfigError, DataError, LabelPredictions
from hilum.schema.errors import listed

Options = Mapping[str, float] | None


def fitted_elsewhere(
    fitting: LabelPredictions,
    scored: LabelPredictions,
    cohort: Cohort,
    *,
    method: str = "platt",
    rule: str = "youden",
    options: Options = None,
) -> tuple[LabelPredictions, OperatingPoints]:
    """Calibrate and cut a table by what another table of the same model teaches.

    Args:
        fitting: predictions to fit on, of images with labels in the cohort.
        scored: predictions to calibrate; they carry the operating points away.
        cohort: images with labels and patients.
        method: a calibrator's name.
        rule: an operating point's name.
        options: of the rule.

    Raises:
        DataError: when an image or a patient stands in both.
    """
    _refuse_overlap(fitting, scored, cohort)
    calibration, points = _fit(fitting, cohort, method, rule, options)
    return _cut(calibration.apply(scored), points.thresholds, points), points


def cross_fitted(
    predictions: LabelPredictions,
    cohort: Cohort,
    *,
    folds: int = 5,
    method: str = "platt",
    rule: str = "youden",
    options: Options = None,
) -> LabelPredictions:
    """Calibrate and cut a table by itself: each patient's images by what the other folds of the patients teach.

    A patient's fold follows from the patient's id (`hilum.evaluation.cuts.folds_of`), so that `evaluate` finds each
    image's own threshold again. A finding that one fold cannot be fitted for stays as it is in all of them.

    Args:
        predictions: of images with labels in the cohort; images that it does not know are left out.
        cohort: images with labels and patients.
        folds: of the patients.
        method: a calibrator's name.
        rule: an operating point's name.
        options: of the rule.

    Raises:
        ConfigError: for fewer than two folds.
    """
    if folds < 2:
        raise ConfigError(f"{folds} folds were asked for. Expected two or more.")
    patient = _patients(predictions, cohort)
    known = patient.notna().to_numpy()
    fold = np.where(known, folds_of(patient, folds), -1)
    fits = [_fit(_rows(predictions, known & (fold != place)), cohort, method, rule, options) for place in range(folds)]
    unfitted = {name for calibration, _ in fits for name in calibration.unfitted}
    fits = [
        (replace(calibration, of={name: one for name, one in calibration.of.items() if name not in unfitted}), points)
        for calibration, points in fits
    ]
    parts = [
        calibration.apply(_rows(predictions, fold == place)).table
        for place, (calibration, _) in enumerate(fits)
        if (fold == place).any()
    ]
    table = pd.concat(parts).set_index("image_id").loc[predictions.table.image_id[known]].reset_index()
    held = predictions.provenance | {"calibration": f"{method}, cross-fitted over {folds} folds of the patients"}
    thresholds = [
        {name: 0.5 if name in unfitted else value for name, value in points.thresholds.items()} for _, points in fits
    ]
    return _cut(replace(predictions, table=table, provenance=held), thresholds, fits[0][1], folds=folds)


def _fit(
    predictions: LabelPredictions, cohort: Cohort, method: str, rule: str, options: Options
) -> tuple[Calibration, OperatingPoints]:
    calibration = fit_calibration(predictions, cohort, split=None, method=method)
    points = fit_operating_points(calibration.apply(predictions), cohort, split=None, rule=rule, options=options)
    return calibration, points


def _cut(
    predictions: LabelPredictions, thresholds: Any, points: OperatingPoints, folds: int | None = None
) -> LabelPredictions:
    """The same predictions with the operating points that travel with them."""
    fitted_on = points.fitted_on if folds is None else {"folds": folds}
    held = {"rule": points.rule, "options": points.options, "thresholds": thresholds, "fitted_on": fitted_on}
    return replace(predictions, provenance=predictions.provenance | {"operating_points": held})


def _rows(predictions: LabelPredictions, chosen: NDArray[np.bool_]) -> LabelPredictions:
    return replace(predictions, table=predictions.table[chosen])


def _patients(predictions: LabelPredictions, cohort: Cohort) -> "pd.Series[str]":
    """(N,) whose image each prediction is of; missing where the cohort does not know it."""
    own = cohort.images.set_index("image_id").patient_id
    return own.reindex(predictions.table.image_id).reset_index(drop=True)


def _refuse_overlap(fitting: LabelPredictions, scored: LabelPredictions, cohort: Cohort) -> None:
    images = sorted(set(fitting.table.image_id) & set(scored.table.image_id))
    patients = sorted(set(_patients(fitting, cohort).dropna()) & set(_patients(scored, cohort).dropna()))
    if images or patients:
        which = f"{len(images):,} images ({listed(images, 2)}) and " if images else ""
        raise DataError(
            f"{which}{len(patients):,} patients ({listed(patients, 2)}) stand both among the predictions to fit on and "
            "among those to be scored. Expected other patients, or cross-fitting over patients (--folds)."
        )
