"""One sigmoid, one calibration, one threshold: training, predict, evaluate and read say the same."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import expit

from hilum.datasets import datasets
from hilum.evaluation import Calibration, OperatingPoints, evaluate
from hilum.images import Store, read_image
from hilum.runs import Run, load_recipe, predict
from hilum.runs.calibrate import calibrate
from hilum.runs.read import read
from hilum.schema import Cohort, RunError
from hilum.training import train

SETTINGS = ["model.encoder=resnet10t", "preprocess.size=64", "training.phases=[{epochs: 1}]",
            "training.precision=fp32", "data.val_fraction=0.4"]  # fmt: skip


@pytest.fixture(scope="module")
def cohort(phantoms: Path) -> Cohort:
    return datasets["nih14"](phantoms)


@pytest.fixture(scope="module")
def run(cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(load_recipe("phantom-small", SETTINGS), cohort, tmp_path_factory.mktemp("agreement") / "run")


def test_predict_is_one_sigmoid_of_the_network(run: Run, cohort: Cohort) -> None:
    test = cohort.split("test")
    told = predict(run, test, workers=0, calibrated=False)
    shrunk = [run.preprocess.shrink(read_image(path).pixels_8bit) for path in test.images.path]
    with torch.inference_mode():
        image = torch.as_tensor(run.preprocess.normalize(np.stack(shrunk).astype(np.float32) / 255))
        logits = run.model()(image=image)["labels"]
    np.testing.assert_allclose(told.probabilities, expit(logits.numpy()), atol=1e-6)


def test_validation_in_training_is_evaluate_on_predict(run: Run, cohort: Cohort) -> None:
    val = run.with_split(cohort).split("val")
    told = predict(run, val, stores=run.folder.parent / "stores", calibrated=False)
    measured = evaluate(told, val, metrics=["auroc"], replicates=2).value("auroc")
    best = run.log[run.log.epoch == run.provenance["weights"]["epoch"]].val_auroc.iloc[0]
    assert measured == pytest.approx(best, abs=1e-9)
    assert Store.open(next((run.folder.parent / "stores").iterdir())).rows(val.images.image_id).min() >= 0


def test_calibration_and_points_travel_into_predict_evaluate_and_read(run: Run, cohort: Cohort) -> None:
    sided = run.with_split(cohort)
    test = sided.split("test")
    raw = predict(run, test, workers=0, calibrated=False)
    calibrate(run, sided)
    held = Calibration.from_dict(run.artifact("calibration"))
    points = OperatingPoints.from_dict(run.artifact("operating_points"))
    told = predict(run, test, workers=0)
    np.testing.assert_allclose(told.probabilities, held.apply(raw).probabilities, atol=1e-12)
    assert not np.allclose(told.probabilities, raw.probabilities, atol=1e-3)
    assert told.provenance["operating_points"]["thresholds"] == points.thresholds

    paths = list(test.images.path[:3])
    np.testing.assert_allclose(
        read(run, paths, method=None).predictions.probabilities, told.probabilities[:3], atol=1e-6
    )

    found = evaluate(told, test, threshold=points.thresholds, metrics=["recall"], replicates=2)
    called = told.probabilities >= [points.thresholds[name] for name in told.findings]
    present = test.labels_for(told.findings) == 1
    for place, name in enumerate(told.findings):
        if present[:, place].any():
            assert found.value("recall", name) == pytest.approx(called[present[:, place], place].mean())

    calibrate(run, sided)  # once more: fitted on what the network says, not on what is calibrated already
    np.testing.assert_allclose(predict(run, test, workers=0).probabilities, told.probabilities, atol=1e-12)


@pytest.mark.parametrize("side", ["train", "test"])
def test_calibration_refuses_images_that_count_elsewhere(run: Run, cohort: Cohort, side: str) -> None:
    with pytest.raises(RunError, match=side):
        calibrate(run, run.with_split(cohort), split=side)
