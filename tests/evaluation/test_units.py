"""Studies and patients are called so: in notes, in the methods and on the pages, never images."""

import pandas as pd

from hilum.evaluation import compare, evaluate
from hilum.evaluation.comparison_methods import comparison_methods
from hilum.evaluation.levels import cohort_at, predictions_at
from hilum.evaluation.methods import methods
from hilum.evaluation.units import counted
from hilum.reports import comparison_page, evaluation_page
from hilum.schema import Cohort, Evaluation, LabelPredictions


def drawn() -> tuple[LabelPredictions, Cohort]:
    rows = range(120)
    images = pd.DataFrame({"image_id": [f"i{n}" for n in rows], "patient_id": [f"p{n // 4}" for n in rows]})
    images["study_id"] = [f"s{n // 2}" for n in rows]
    labels = pd.DataFrame(
        {"Edema": [float(n // 4 % 2) for n in rows], "Effusion": [float(n // 2 % 3 == 0) for n in rows]}
    )
    score = pd.DataFrame({name: [(n * 37 % 101) / 150 for n in rows] for name in labels}) + labels * 0.2
    return LabelPredictions(score.assign(image_id=images.image_id)), Cohort("drawn", images, labels)


def evaluated(level: str) -> Evaluation:
    predictions, cohort = drawn()
    return evaluate(predictions_at(predictions, cohort, level), cohort_at(cohort, level), replicates=20)


def test_a_study_is_called_a_study_everywhere() -> None:
    found = evaluated("study")
    assert found.provenance["unit"] == "study"
    assert found.provenance["notes"][0].startswith("60 studies of 30 patients are evaluated")
    assert "on 60 studies of 30 patients from drawn" in methods(found)
    assert "The images of a study were taken together: its probability is their mean" in methods(found)
    page = evaluation_page(found)
    assert "Studies with and without the finding" in page
    assert "Images with and without the finding" not in page
    assert "60 studies of 30 patients" in page


def test_a_patient_is_counted_once() -> None:
    assert counted(30, 30, "patient") == "30 patients"
    found = evaluated("patient")
    assert found.provenance["notes"][0].startswith("30 patients are evaluated")
    assert "Patients with and without the finding" in evaluation_page(found)


def test_an_image_stays_an_image() -> None:
    found = evaluate(*drawn(), replicates=20)
    assert found.provenance["unit"] == "image"
    assert found.provenance["notes"][0].startswith("120 images of 30 patients are evaluated")
    assert "Images with and without the finding" in evaluation_page(found)


def test_studies_are_compared_as_studies() -> None:
    predictions, cohort = drawn()
    one = predictions_at(predictions, cohort, "study", "max")
    found = compare({"one": one, "two": predictions_at(predictions, cohort, "study")}, cohort_at(cohort, "study"))
    assert "the same 60 studies of 30 patients" in comparison_methods(found)
    assert "Studies" in comparison_page(found)
