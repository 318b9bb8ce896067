"""Anyone's table is calibrated and cut on other patients than those it is scored on."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hilum.evaluation import evaluate, fit_calibration, fit_operating_points
from hilum.evaluation.cuts import folds_of
from hilum.evaluation.tables import cross_fitted, fitted_elsewhere
from hilum.schema import Cohort, ConfigError, DataError, LabelPredictions


def halves(study: Any) -> tuple[LabelPredictions, LabelPredictions, Cohort]:
    predictions, cohort = study()
    val = (cohort.images.split == "val").to_numpy()
    return *(replace(predictions, table=predictions.table[rows]) for rows in (val, ~val)), cohort


def test_a_table_is_cut_by_another_one(study: Any) -> None:
    val, test, cohort = halves(study)
    found, points = fitted_elsewhere(val, test, cohort, rule="fixed_sensitivity", options={"sensitivity": 0.8})
    calibration = fit_calibration(val, cohort, split=None)
    assert (found.table == calibration.apply(test).table).all(axis=None)
    same = fit_operating_points(
        calibration.apply(val), cohort, split=None, rule="fixed_sensitivity", options={"sensitivity": 0.8}
    )
    assert points.thresholds == same.thresholds == found.provenance["operating_points"]["thresholds"]
    measured = evaluate(found, cohort, metrics=["recall"], replicates=10)
    assert measured.provenance["threshold"] == points.thresholds


def test_patients_on_both_sides_are_refused(study: Any) -> None:
    val, test, cohort = halves(study)
    with pytest.raises(DataError, match=r"120 images .* and 40 patients"):
        fitted_elsewhere(val, val, cohort)
    moved = replace(test, table=test.table.assign(image_id=val.table.image_id.to_numpy()[: len(test)]))
    with pytest.raises(DataError, match="stand both among"):
        fitted_elsewhere(val, moved, cohort)
    patient = cohort.images.patient_id.where(cohort.images.split == "test", "p0")
    images = cohort.images.assign(patient_id=patient, split="val")
    with pytest.raises(DataError, match=r"^1 patients \(p0\)"):
        fitted_elsewhere(val, test, replace(cohort, images=images))


def test_no_image_is_judged_by_what_its_patient_taught(study: Any) -> None:
    predictions, cohort = study()
    found = cross_fitted(predictions, cohort, folds=4)
    fold = folds_of(cohort.images.patient_id, 4)
    assert found.table.image_id.tolist() == predictions.table.image_id.tolist()
    thresholds = found.provenance["operating_points"]["thresholds"]
    for place in range(4):
        others = replace(predictions, table=predictions.table[fold != place])
        calibration = fit_calibration(others, cohort, split=None)
        own = calibration.apply(replace(predictions, table=predictions.table[fold == place]))
        assert found.table.Edema[fold == place].to_numpy() == pytest.approx(own.table.Edema.to_numpy())
        points = fit_operating_points(calibration.apply(others), cohort, split=None)
        assert thresholds[place] == points.thresholds
    measured = evaluate(found, cohort, replicates=10)
    cut = np.array([one["Edema"] for one in thresholds])[fold]
    ill = cohort.labels.Edema.to_numpy() == 1
    expected = (found.table.Edema.to_numpy() >= cut)[ill].mean()
    assert measured.value("recall", "Edema") == pytest.approx(expected)
    assert measured.value("expected_calibration_error") < evaluate(predictions, cohort, replicates=10).value(
        "expected_calibration_error"
    )


def test_too_few_folds_and_second_calibrations_are_refused(study: Any) -> None:
    predictions, cohort = study()
    with pytest.raises(ConfigError, match="two or more"):
        cross_fitted(predictions, cohort, folds=1)
    with pytest.raises(DataError, match="calibrated already"):
        cross_fitted(cross_fitted(predictions, cohort), cohort)
