import numpy as np
import pandas as pd
import pytest

from hilum.evaluation.aggregates import aggregates
from hilum.evaluation.levels import cohort_at, predictions_at
from hilum.schema import Cohort, ConfigError, DataError, LabelPredictions

NAN = float("nan")


@pytest.fixture
def cohort() -> Cohort:
    images = pd.DataFrame(
        {
            "image_id": ["a", "b", "c", "d", "e"],
            "patient_id": ["p", "p", "p", "q", "q"],
            "study_id": ["p1", "p1", "p2", "q1", "q1"],
            "view": ["PA", "LATERAL", "PA", "PA", "PA"],
            "sex": ["F", "F", "F", "M", "M"],
            "age_years": [60.0, 60.0, 61.0, 40.0, 40.0],
        }
    )
    labels = pd.DataFrame({"Edema": [0, 1, NAN, NAN, -1], "Hernia": [0, NAN, 0, 0, -1]})
    return Cohort("five", images, labels)


@pytest.fixture
def predictions() -> LabelPredictions:
    return LabelPredictions(
        pd.DataFrame(
            {"image_id": list("dcbae"), "Edema": [0.1, 0.5, 0.9, 0.3, 0.2], "Hernia": [0.2, 0.4, NAN, 0.6, 0.4]}
        ),
        {"run_folder": "somewhere", "recipe": "small"},
    )


def test_labels_of_a_study_are_its_images_strongest(cohort: Cohort) -> None:
    studies = cohort_at(cohort, "study")
    assert studies.images.image_id.tolist() == ["p1", "p2", "q1"]
    assert studies.images.patient_id.tolist() == ["p", "p", "q"]
    np.testing.assert_array_equal(studies.labels.to_numpy(), [[1, 0], [NAN, 0], [-1, -1]])
    assert studies.images["view"].isna().tolist() == [True, False, False]
    assert studies.images.age_years.tolist() == [60, 61, 40]
    assert "5 images as 3 studies, 2 of them with several images." in studies.notes
    patients = cohort_at(cohort, "patient")
    assert patients.images.image_id.tolist() == ["p", "q"]
    assert patients.images.age_years.isna().tolist() == [True, False]


def test_probabilities_are_joined_by_choice(cohort: Cohort, predictions: LabelPredictions) -> None:
    mean = predictions_at(predictions, cohort, "study", "mean").table.set_index("image_id")
    most = predictions_at(predictions, cohort, "study", "max").table.set_index("image_id")
    assert mean.Edema.to_dict() == pytest.approx({"q1": 0.15, "p2": 0.5, "p1": 0.6})
    assert most.Edema.to_dict() == pytest.approx({"q1": 0.2, "p2": 0.5, "p1": 0.9})
    assert mean.Hernia["p1"] == pytest.approx(0.6)  # of the image that says something
    held = predictions_at(predictions, cohort, "study", "max").provenance
    assert held == {"recipe": "small", "study": "max"}


def test_studies_that_are_predicted_themselves_stay(cohort: Cohort, predictions: LabelPredictions) -> None:
    own = LabelPredictions(pd.DataFrame({"image_id": ["p1", "p2", "other"], "Edema": [0.1, 0.2, 0.3]}))
    assert predictions_at(own, cohort, "study").table.image_id.tolist() == ["p1", "p2", "other"]
    both = LabelPredictions(pd.DataFrame({"image_id": ["p1", "a"], "Edema": [0.1, 0.2]}))
    with pytest.raises(DataError, match="p1: predicted both"):
        predictions_at(both, cohort, "study")


def test_every_aggregate_keeps_what_is_alone_and_order_does_not_matter() -> None:
    assert len(aggregates) >= 2
    table = pd.DataFrame({"Edema": [0.2, 0.4, 0.9]})
    for name in aggregates:
        found = aggregates[name](table, pd.Series(["x", "x", "y"]))
        assert found.Edema["y"] == 0.9
        assert 0.2 <= found.Edema["x"] <= 0.4
        turned = aggregates[name](table[::-1], pd.Series(["y", "x", "x"]))
        assert turned.Edema["x"] == pytest.approx(found.Edema["x"])


def test_what_is_no_study_is_refused(cohort: Cohort, predictions: LabelPredictions) -> None:
    with pytest.raises(ConfigError, match="no level 'series'"):
        cohort_at(cohort, "series")
    with pytest.raises(DataError, match="5 of 5 images name no study"):
        cohort_at(Cohort("none", cohort.images.drop(columns="study_id"), cohort.labels), "study")
    with pytest.raises(DataError, match="p1 are studies of more than one patient"):
        cohort_at(Cohort("mixed", cohort.images.assign(study_id="p1"), cohort.labels), "study")
    with pytest.raises(ConfigError, match="no aggregate 'median'"):
        predictions_at(predictions, cohort, "study", "median")
