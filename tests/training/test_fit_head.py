"""Runs whose head is fitted at once: a linear probe, trees and neighbors, on images and on features."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from hilum.models import FittedHead
from hilum.runs import Recipe, Run, load_recipe
from hilum.runs.recipes import with_overrides
from hilum.schema import Cohort, ConfigError
from hilum.training import train
from hilum.training.dry_run import dry_run
from hilum.workflows import embed, predict
from hilum.workflows.explain import explain

HEADS = ("logistic_regression", "{name: gradient_boosting, trees: 10, least_images: 3}", "nearest_neighbors")


@pytest.fixture
def stores(tiny_run: Run) -> Path:
    return tiny_run.folder.parent / "stores"


def probe(recipe: Recipe, run: Run, head: str, *more: str) -> Recipe:
    """On the encoder of a Run that has learned what a bright square is."""
    return with_overrides(recipe, [f"model.head={head}", f"model.pretrained={run.folder}", *more])


@pytest.mark.parametrize("head", HEADS)
def test_it_is_a_run_like_any_other(
    head: str, tiny_recipe: Recipe, tiny_run: Run, tiny_cohort: Cohort, tmp_path: Path, stores: Path
) -> None:
    run = Run.open(train(probe(tiny_recipe, tiny_run, head), tiny_cohort, tmp_path / "run", stores=stores).folder)
    assert run.log.epoch.tolist() == [1]
    assert np.isfinite(run.log.loss[0])
    assert run.log.val_auroc[0] > 0.75
    assert [note.split(":")[0] for note in run.provenance["model"]["notes"][-2:]] == ["Mass", "Nodule"]
    before, after = tiny_run.model().state_dict(), run.model().state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before if name.startswith("encoder."))
    told = predict(run, tiny_cohort, workers=0)
    val = told.table.set_index("image_id").loc[run.split.index[run.split == "val"]]
    present = tiny_cohort.labels.set_axis(tiny_cohort.images.image_id).loc[val.index]
    assert run.task.monitor(told, tiny_cohort)["auroc"] > 0.75
    methods = {"logistic_regression": "cam"}
    shown = explain(run, [tiny_cohort.images.path[0]], findings=["Mass"])
    assert shown[0].method == methods.get(head, "occlusion")
    assert all(val[name][present[name] == 1].mean() > val[name][present[name] == 0].mean() for name in run.findings)


def test_the_head_is_what_its_fit_gives_on_the_embeddings(
    tiny_recipe: Recipe, tiny_run: Run, tiny_cohort: Cohort, tmp_path: Path, stores: Path
) -> None:
    recipe = probe(tiny_recipe, tiny_run, "{name: logistic_regression, strengths: [100]}")
    run = train(recipe, tiny_cohort, tmp_path / "run", stores=stores)
    ids = run.split.index[run.split == "train"]
    cohort = tiny_cohort.where(tiny_cohort.images.image_id.isin(ids), "Train")
    vectors = embed(tiny_run, cohort, workers=0).aligned(cohort.images.image_id)
    head = run.model().head
    assert isinstance(head, FittedHead)
    kept = head.layer.weight.clone()  # type: ignore[attr-defined]
    labels = cohort.labels.to_numpy(np.float32)
    head.fit(vectors, labels, np.ones_like(labels), cohort.images.patient_id.tolist())
    torch.testing.assert_close(head.layer.weight, kept, rtol=1e-3, atol=1e-4)  # type: ignore[attr-defined]


def test_a_finding_without_positives_is_named_and_unknown_labels_are_left_out(
    tiny_recipe: Recipe, tiny_run: Run, tiny_cohort: Cohort, tmp_path: Path, stores: Path
) -> None:
    labels = tiny_cohort.labels.copy()
    labels["Mass"] = np.where(labels.Mass == 1, np.nan, labels.Mass)
    labels.loc[::3, "Nodule"] = -1
    cohort = replace(tiny_cohort, labels=labels)
    run = train(probe(tiny_recipe, tiny_run, HEADS[0]), cohort, tmp_path / "run", stores=stores)
    assert "Mass: a constant (no positive)." in run.provenance["model"]["notes"]
    assert np.ptp(predict(run, cohort, workers=0).probabilities[:, 0]) < 1e-6


def test_training_again_gives_the_same_bytes_and_resuming_what_is_done_nothing(
    tiny_recipe: Recipe, tiny_run: Run, tiny_cohort: Cohort, tmp_path: Path, stores: Path
) -> None:
    recipe = probe(tiny_recipe, tiny_run, HEADS[0])
    first, second = (train(recipe, tiny_cohort, tmp_path / name, stores=stores).folder for name in "ab")
    weights = (first / "weights.safetensors").read_bytes()
    assert weights == (second / "weights.safetensors").read_bytes()
    made = (first / "provenance.json").stat().st_mtime_ns
    train(recipe, tiny_cohort, first, stores=stores, resume=True)
    assert (first / "provenance.json").stat().st_mtime_ns == made
    (first / "provenance.json").unlink()  # as when it was killed before the end
    train(recipe, tiny_cohort, first, stores=stores, resume=True)
    assert weights == (first / "weights.safetensors").read_bytes()


@pytest.mark.parametrize("head", HEADS)
def test_on_features_alone(head: str, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    age, sex = draw.uniform(20, 90, 300), draw.choice(["F", "M"], 300)
    images = pd.DataFrame({"image_id": [f"i{n}" for n in range(300)], "patient_id": [f"p{n}" for n in range(300)]})
    images = images.assign(age_years=age, sex=sex)
    labels = pd.DataFrame({"Mass": (age > 60).astype(float), "Nodule": (sex == "F").astype(float)})
    recipe = Recipe.model_validate(
        {
            "findings": ["Mass", "Nodule"],
            "model": {"name": "tabular"},
            "features": {"demographics": {}},
            "training": {"precision": "fp32"},
        }
    )
    cohort = Cohort("drawn", images, labels)
    run = train(with_overrides(recipe, [f"model.head={head}"]), cohort, tmp_path / "run", device="cpu")
    assert run.log.val_auroc[0] > 0.9
    told = predict(Run.open(run.folder), cohort, device="cpu")
    assert run.task.monitor(told, cohort)["auroc"] > 0.9


def test_what_has_no_meaning_beside_it_is_refused(
    tiny_recipe: Recipe, tiny_run: Run, tiny_cohort: Cohort, tmp_path: Path, stores: Path
) -> None:
    recipe = probe(tiny_recipe, tiny_run, HEADS[0], "augment.affine.degrees=5")
    for refused in (lambda: train(recipe, tiny_cohort, tmp_path / "run", stores=stores), lambda: dry_run(recipe)):
        with pytest.raises(ConfigError, match="logistic_regression is fitted to each image once"):
            refused()


def test_a_dry_run_of_it_builds_it() -> None:
    assert isinstance(dry_run(load_recipe("nih14-linear-probe")).head, FittedHead)
