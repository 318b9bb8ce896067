"""From uncertain labels to a Run that predicts, explains and is calibrated, whatever its findings' widths."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hilum.images import read_image
from hilum.inference import Predictor
from hilum.runs import Recipe, Run
from hilum.runs.recipes import with_overrides
from hilum.schema import Cohort, ConfigError, RunError
from hilum.training import train
from hilum.workflows.calibrate import calibrate


@pytest.fixture(scope="module")
def unsure(tiny_cohort: Cohort) -> Cohort:
    """The tiny cohort with a third of its Mass labels uncertain."""
    labels = tiny_cohort.labels.copy()
    labels.loc[np.random.default_rng(0).random(len(labels)) < 1 / 3, "Mass"] = -1
    return replace(tiny_cohort, labels=labels)


def test_a_finding_with_three_logits_is_predicted_explained_and_calibrated(
    tiny_recipe: Recipe, tiny_run: Run, unsure: Cohort, tmp_path: Path
) -> None:
    stores = tiny_run.folder.parent / "stores"
    run = train(
        with_overrides(tiny_recipe, ["task.policy={Mass: multiclass}", "training.epochs=8"]),
        unsure,
        tmp_path / "run",
        stores=stores,
    )
    assert run.model().state_dict()["head.layer.weight"].shape[0] == 4
    predictor = Predictor.open(run)
    predictions = predictor.predict(unsure, stores=stores)
    assert predictions.probabilities.shape == (80, 2)
    certain = unsure.labels.Mass.to_numpy() >= 0
    present = unsure.labels.Mass.to_numpy()[certain] == 1
    said = predictions.probabilities[certain, 0]
    assert said[present].mean() > said[~present].mean() + 0.2

    shown = unsure.images[unsure.labels.Mass == 1].path.iloc[0]
    images = predictor.memory([read_image(shown)])
    maps = {method: predictor.explain(images, method=method) for method in ("cam", "gradcam", "occlusion")}
    assert [one.finding for one in maps["cam"]] == ["Mass", "Nodule"]
    for one, other in zip(maps["cam"], maps["gradcam"], strict=True):
        np.testing.assert_allclose(one.heatmap, other.heatmap, atol=1e-3)
    calibration, points = calibrate(run, run.with_split(unsure), stores=stores)
    assert set(points.thresholds) == {"Mass", "Nodule"}
    honest = Predictor.open(run).predict(unsure, stores=stores)
    np.testing.assert_allclose(honest.probabilities, calibration.apply(predictions).probabilities, atol=1e-6)

    (only,) = predictor.explain(images, findings=["Nodule"])
    np.testing.assert_allclose(only.heatmap, maps["cam"][1].heatmap, atol=1e-6)


def test_a_first_run_teaches_a_second(tiny_recipe: Recipe, tiny_run: Run, unsure: Cohort, tmp_path: Path) -> None:
    stores = tiny_run.folder.parent / "stores"
    recipe = with_overrides(tiny_recipe, ["task.policy=self_trained", "training.epochs=1"])
    with pytest.raises(ConfigError, match="names no Run"):
        train(recipe, unsure, tmp_path / "none", stores=stores)
    with pytest.raises(RunError, match="no such folder"):
        train(
            with_overrides(recipe, [f"task.policy.run={tmp_path / 'nowhere'}"]), unsure, tmp_path / "no", stores=stores
        )
    run = train(with_overrides(recipe, [f"task.policy.run={tiny_run.folder}"]), unsure, tmp_path / "run", stores=stores)
    notes = run.provenance["cohort"]["notes"]
    uncertain = int((unsure.labels.Mass == -1).sum())
    assert any(f"tiny fills in Mass, Nodule on {uncertain} images" in note for note in notes)
    other = with_overrides(recipe, [f"task.policy.run={tiny_run.folder}", "findings=[Mass, Nodule, Edema]"])
    with pytest.raises(ConfigError, match="does not speak of Edema"):
        train(other, unsure, tmp_path / "other", stores=stores)
