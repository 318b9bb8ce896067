"""Runs that learn from features, alone and beside images."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from hilum.datasets import datasets
from hilum.phantom import layouts
from hilum.runs import Recipe, Run
from hilum.schema import Cohort, ConfigError, RunError
from hilum.training import train
from hilum.workflows import embed, predict
from hilum.workflows.explain import explain

NAMES = ("Mass", "Effusion")
SETS = {
    "mlp": {"demographics": {}, "history": {}},
    "gru": {"demographics": {}, "visits": {"last": 4}},
}


def recipe(kind: str, **settings: object) -> Recipe:
    phases = [{"epochs": 4, "optimizer": "adamw", "lr": 1e-2}]
    given = {
        "findings": NAMES,
        "model": {"name": kind},
        "features": SETS[kind],
        "training": {"phases": phases, "precision": "fp32"},
    }
    return Recipe.model_validate(given | settings)


@pytest.fixture
def cohort() -> Cohort:
    """900 images of 200 patients whose findings stay with them; no image is on disk."""
    generator = np.random.default_rng(0)
    patient = np.sort(generator.integers(0, 200, 900))
    ill = generator.random((200, 2)) < 0.4
    labels = np.where(generator.random((900, 2)) < 0.15, ~ill[patient], ill[patient]).astype(float)
    images = pd.DataFrame({"image_id": [f"f{n:03}" for n in range(900)], "patient_id": patient.astype(str)})
    images["sequence"] = images.groupby("patient_id").cumcount()
    images["age_years"] = 40.0 + images.sequence // 2
    images["sex"] = np.where(patient % 2, "F", "M")
    images["split"] = np.where(patient < 150, "train", "test")
    return Cohort("drawn", images, pd.DataFrame(labels, columns=list(NAMES)))


@pytest.mark.parametrize("model", SETS)
def test_history_alone_is_learnt_kept_and_applied(cohort: Cohort, tmp_path: Path, model: str) -> None:
    run = train(recipe(model), cohort, tmp_path / "run", device="cpu")
    test = cohort.split("test")
    predictions = predict(Run.open(run.folder), test, device="cpu")
    assert predictions.table.image_id.tolist() == test.images.image_id.tolist()
    late = (test.images.sequence > 2).to_numpy()
    gaps = [
        predictions.probabilities[late & (test.labels[name] == 1), place].mean()
        - predictions.probabilities[late & (test.labels[name] == 0), place].mean()
        for place, name in enumerate(NAMES)
    ]
    assert min(gaps) > 0.1
    assert embed(run, test, device="cpu").table.image_id.tolist() == test.images.image_id.tolist()


@pytest.mark.parametrize("model", SETS)
def test_a_image_s_own_labels_and_later_ones_change_no_probability(cohort: Cohort, tmp_path: Path, model: str) -> None:
    run = train(recipe(model), cohort, tmp_path / "run", device="cpu")
    first = predict(run, cohort, device="cpu").probabilities
    turned = cohort.labels.where(cohort.images.sequence < 3, 1 - cohort.labels)
    other = predict(run, replace(cohort, labels=turned), device="cpu").probabilities
    early = (cohort.images.sequence <= 3).to_numpy()
    np.testing.assert_array_equal(first[early], other[early])
    assert not np.array_equal(first[~early], other[~early])


def test_rows_chosen_from_a_cohort_know_what_was_left_out(cohort: Cohort, tmp_path: Path) -> None:
    run = train(recipe("mlp"), cohort, tmp_path / "run", device="cpu")
    late = predict(run, cohort.where(cohort.images.sequence > 2, "Late"), device="cpu").table
    everything = predict(run, cohort, device="cpu").table
    expected = everything[everything.image_id.isin(late.image_id)].reset_index(drop=True)
    pd.testing.assert_frame_equal(late, expected, atol=1e-6)


def test_resuming_uses_the_scale_that_was_begun_with(cohort: Cohort, tmp_path: Path) -> None:
    whole = train(recipe("mlp"), cohort, tmp_path / "whole", device="cpu")
    again = train(recipe("mlp"), cohort, tmp_path / "whole", device="cpu", resume=True)
    assert again.tabular == whole.tabular
    assert again.tabular is not None
    assert again.tabular.scale is not None
    assert abs(again.tabular.scale.mean[0] - 40) < 3


def test_a_run_without_its_columns_is_refused(cohort: Cohort, tmp_path: Path) -> None:
    run = train(recipe("mlp"), cohort, tmp_path / "run", device="cpu")
    (run.folder / "features.json").unlink()
    with pytest.raises(RunError, match=r"features\.json"):
        predict(Run.open(run.folder), cohort, device="cpu")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"features": {}}, "takes features"),
        ({"model": {"name": "gru"}}, "takes visits"),
        ({"features": {"history": {"findings": ["Mass"]}}}, r"features\.history\.findings"),
        ({"features": {"histories": {}}}, "Nearest: history"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(cohort: Cohort, tmp_path: Path, settings: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        train(recipe("mlp", **settings), cohort, tmp_path / "run", device="cpu")


def test_image_and_history_together(tmp_path: Path) -> None:
    layouts["nih14"](tmp_path / "data", images=60, seed=0, size=64)
    cohort = datasets["nih14"](tmp_path / "data")
    joint = {"name": "joint", "encoder": "test_resnet", "hidden": [8]}
    settings = {"model": joint, "findings": "nih14", "preprocess": {"size": 32}}
    run = train(recipe("mlp", **settings), cohort, tmp_path / "run", device="cpu")
    assert run.tabular is not None
    told = predict(run, cohort, device="cpu", workers=0)
    assert len(told) == 60
    silent = replace(cohort, images=cohort.images.drop(columns=["age_years", "sex", "view", "sequence"]))
    untold = predict(run, silent, device="cpu", workers=0)
    assert np.isfinite(untold.probabilities).all()
    assert not np.array_equal(told.probabilities, untold.probabilities)
    maps = explain(run, [cohort.images.path[0]], findings=["Mass"], device="cpu")
    assert maps[0].heatmap.shape == (64, 64)
    assert torch.isnan(run.tabular.tensors(silent)["features"]).all()
