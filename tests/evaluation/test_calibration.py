import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hilum.evaluation import Calibration, calibrators, evaluate, fit_calibration
from hilum.schema import DataError, LabelPredictions


@pytest.mark.parametrize("method", list(calibrators))
def test_each_finding_is_calibrated_by_its_own_fit(method: str, study: Any) -> None:
    predictions, cohort = study()
    fitted = fit_calibration(predictions, cohort, method=method)
    later = fitted.apply(predictions)
    side = (cohort.images.split == "val").to_numpy()
    for finding in cohort.findings:
        raw = predictions.table[finding].to_numpy()
        expected = calibrators[method](cohort.labels[finding][side], raw[side])(raw)
        assert later.table[finding].to_numpy() == pytest.approx(expected)
    assert later.table.image_id.equals(predictions.table.image_id)
    assert fitted.fitted_on["split"] == "val"


def test_order_and_so_auroc_stay(study: Any) -> None:
    predictions, cohort = study()
    later = fit_calibration(predictions, cohort, method="beta").apply(predictions)
    values = [evaluate(held, cohort, metrics=["auroc"], replicates=2).value("auroc") for held in (predictions, later)]
    assert values[0] == pytest.approx(values[1], abs=1e-9)


def test_calibrating_twice_is_refused(study: Any) -> None:
    predictions, cohort = study()
    fitted = fit_calibration(predictions, cohort)
    with pytest.raises(DataError, match=r"calibrated already \(platt\)"):
        fitted.apply(fitted.apply(predictions))


def test_survives_json_and_knows_synonyms(study: Any) -> None:
    predictions, cohort = study()
    fitted = fit_calibration(predictions, cohort, method="isotonic")
    again = Calibration.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert again == fitted
    renamed = LabelPredictions(predictions.table.rename(columns={"Effusion": "Pleural Effusion"}))
    held = again.apply(renamed).table["Pleural Effusion"]
    assert held.to_numpy() == pytest.approx(fitted.apply(predictions).table["Effusion"].to_numpy())


def test_a_finding_nobody_has_stays_as_it_is(study: Any) -> None:
    predictions, cohort = study()
    fitted = fit_calibration(predictions, replace(cohort, labels=cohort.labels.assign(Hernia=0.0)))
    assert fitted.unfitted == ("Hernia",)
    later = fitted.apply(predictions)
    assert later.table.Hernia.equals(predictions.table.Hernia)
    assert not np.allclose(later.table.Edema, predictions.table.Edema)
