"""The proof on real predictions: a published model's probabilities and the real labels give its published AUROCs."""

from pathlib import Path

import numpy as np
import pytest

from hilum.datasets import datasets
from hilum.evaluation import delong, evaluate
from hilum.evaluation.published import beside
from hilum.schema import Cohort, Evaluation, LabelPredictions

PUBLISHED = {
    "Atelectasis": 0.8180, "Cardiomegaly": 0.9090, "Effusion": 0.8827, "Infiltration": 0.7156, "Mass": 0.8377,
    "Nodule": 0.7756, "Pneumonia": 0.7617, "Pneumothorax": 0.8776, "Consolidation": 0.8002, "Edema": 0.8945,
    "Emphysema": 0.9316, "Fibrosis": 0.8251, "Pleural_Thickening": 0.7889, "Hernia": 0.9175,
}  # fmt: skip
FILE = "densenet121_test_predictions.csv"


@pytest.fixture(scope="module")
def real(real_data: Path) -> tuple[LabelPredictions, Cohort]:
    return LabelPredictions.load(real_data / "nih" / FILE, prefix="prob_"), datasets["nih14"](real_data / "nih")


@pytest.fixture(scope="module")
def found(real: tuple[LabelPredictions, Cohort]) -> Evaluation:
    return evaluate(*real, metrics=["auroc"], replicates=300, curves=False)


@pytest.mark.real
def test_published_aurocs_come_out_to_four_decimals(found: Evaluation) -> None:
    for finding, value in PUBLISHED.items():
        assert round(found.value("auroc", finding), 4) == value
    assert round(found.value("auroc"), 4) == 0.8383
    assert (found.rows.low < found.rows.value).all()
    assert (found.rows.value < found.rows.high).all()


@pytest.mark.real
def test_rows_of_either_side_of_the_owners_split_are_evaluated_and_counted(found: Evaluation) -> None:
    held = found.provenance
    assert (held["images"], held["patients"]) == (22_433, 6_187)
    assert held["images_by_split"] == {"train": 17_220, "test": 5_213}
    assert held["left_out"]["cohort_images_without_prediction"] == 112_120 - 22_433
    assert held["split"] is None


@pytest.mark.real
def test_it_compares_with_figures_of_its_own_split_only(found: Evaluation) -> None:
    shown = beside(found, "nih14")
    assert set(shown.split[shown.comparable]) == {"chexnet_70_10_20"}
    same = shown[shown.work.str.startswith("jrzech") & (shown.finding == "Edema")].iloc[0]
    assert same.value == pytest.approx(found.value("auroc", "Edema"), abs=5e-5)
    assert not shown[shown.work.str.startswith("EVA-X")].comparable.any()


@pytest.mark.real
def test_delong_over_patients_and_the_bootstrap_agree(real: tuple[LabelPredictions, Cohort], found: Evaluation) -> None:
    predictions, cohort = real
    images = cohort.images.set_index("image_id").loc[predictions.table.image_id]
    labels = cohort.labels.set_axis(cohort.images.image_id).loc[predictions.table.image_id]
    for finding in ("Infiltration", "Edema"):
        area = delong(labels[finding], predictions.table[finding], patient=images.patient_id)
        row = found.rows[found.rows.finding == finding].iloc[0]
        assert (row.low, row.high) == pytest.approx((area.low, area.high), abs=0.004)
        assert np.isclose(area.value, row.value)
