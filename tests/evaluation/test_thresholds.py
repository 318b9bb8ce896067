import json
from dataclasses import replace
from typing import Any

import pytest

from hilum.evaluation import evaluate, fit_calibration, fit_operating_points, operating_points
from hilum.evaluation.thresholds import OperatingPoints
from hilum.schema import ConfigError


def test_fitted_on_one_side_and_applied_to_the_other(study: Any) -> None:
    predictions, cohort = study()
    points = fit_operating_points(predictions, cohort, rule="best_f1")
    side = cohort.split("val")
    own = predictions.table.set_index("image_id").loc[side.images.image_id]
    for finding in cohort.findings:
        expected = operating_points["best_f1"](side.labels[finding], own[finding])
        assert points.thresholds[finding] == expected
    found = evaluate(predictions, cohort, split="test", threshold=points.thresholds, replicates=5)
    assert found.provenance["threshold"] == points.thresholds
    assert points.fitted_on["split"] == "val"
    assert points.fitted_on["images"] == 120


def test_the_point_says_what_it_gave_where_it_was_fitted(study: Any) -> None:
    predictions, cohort = study()
    points = fit_operating_points(predictions, cohort, rule="fixed_sensitivity", options={"sensitivity": 0.8})
    found = evaluate(predictions, cohort, split="val", threshold=points.thresholds, replicates=5)
    for point in points.points:
        assert point.sensitivity >= 0.8
        assert point.sensitivity == pytest.approx(found.value("recall", point.finding))
        assert point.specificity == pytest.approx(found.value("specificity", point.finding))
        assert point.ppv == pytest.approx(found.value("precision", point.finding))


def test_survives_json(study: Any) -> None:
    points = fit_operating_points(*study(), rule="cost", options={"miss": 5.0})
    assert OperatingPoints.from_dict(json.loads(json.dumps(points.to_dict()))) == points


def test_a_finding_nobody_has_is_not_fitted_and_says_so(study: Any) -> None:
    predictions, cohort = study()
    bare = replace(cohort, labels=cohort.labels.assign(Hernia=0.0))
    point = fit_operating_points(predictions, bare).points[2]
    assert (point.finding, point.threshold, point.fitted, point.sensitivity) == ("Hernia", 0.5, False, None)


def test_a_finding_without_labels_keeps_a_point_so_that_evaluation_elsewhere_goes_on(study: Any) -> None:
    predictions, cohort = study()
    site = replace(cohort, labels=cohort.labels[["Edema"]])
    points = fit_operating_points(predictions, site, split=None)
    assert {point.finding: point.fitted for point in points.points} == {
        "Edema": True, "Effusion": False, "Hernia": False,
    }  # fmt: skip
    assert fit_calibration(predictions, site, split=None).unfitted == ("Effusion", "Hernia")
    evaluate(predictions, cohort, split="test", threshold=points.thresholds, replicates=5)


def test_strange_options_are_refused(study: Any) -> None:
    with pytest.raises(ConfigError, match=r"'youden' has no option ppv\. Expected: none"):
        fit_operating_points(*study(), options={"ppv": 0.5})
    with pytest.raises(ConfigError, match="no operating point 'yoden'"):
        fit_operating_points(*study(), rule="yoden")
