"""Frontal and lateral images of CheXpert's layout: learned, kept, applied to a cohort and to a bare file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hilum.datasets import datasets
from hilum.images import Store
from hilum.phantom import layouts
from hilum.runs import Recipe, Run
from hilum.schema import Cohort
from hilum.training import train
from hilum.workflows import predict
from hilum.workflows.explain import explain
from hilum.workflows.read import read

RECIPE = {
    "findings": ["No Finding", "Lung Opacity", "Support Devices"],
    "task": {"name": "classify", "missing": "zeros"},
    "model": {"name": "two_views", "encoder": "test_resnet"},
    "preprocess": {"size": 64},
    "augment": {"affine": {}},
    "training": {"batch_size": 16, "precision": "fp32", "phases": [{"epochs": 1}]},
}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    folder = tmp_path_factory.mktemp("phantoms") / "chexpert"
    layouts["chexpert"](folder, images=44, seed=1, size=96, workers=0)
    return datasets["chexpert"](folder)


@pytest.fixture(scope="module")
def run(cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(Recipe.model_validate(RECIPE), cohort, tmp_path_factory.mktemp("runs") / "views", device="cpu")


def test_laterals_are_learned_from_beside_their_frontals(cohort: Cohort, run: Run) -> None:
    lateral = cohort.images.view == "LATERAL"
    assert lateral.any()
    rows = run.split
    assert not set(cohort.images.image_id[lateral]) & set(rows.index)  # each has its frontal
    notes = " ".join(run.provenance["cohort"]["notes"])
    assert "frontal images have a lateral of their study" in notes
    assert "no second view" in notes
    store = Store.open(next((run.folder.parent / "stores").iterdir()))
    used = cohort.images.image_id[lateral & cohort.images.split.isin(["train", "val"])]
    assert (store.rows(used) >= 0).all()


def test_a_lateral_changes_what_is_said_of_its_frontal_and_of_no_other(cohort: Cohort, run: Run) -> None:
    rows = run.readable(cohort)
    told = predict(run, rows, workers=0)
    assert told.table.image_id.tolist() == rows.images.image_id.tolist()
    bare = replace(rows, whole=None)
    alone = predict(run, bare, workers=0)
    paired = rows.images.study_id.isin(cohort.images.study_id[cohort.images.view == "LATERAL"]).to_numpy()
    moved = np.abs(told.probabilities - alone.probabilities).max(axis=1)
    assert paired.any()
    assert moved[paired].min() > 1e-6
    assert moved[~paired].max() < 1e-6


def test_a_bare_file_is_read_as_a_frontal_image_and_says_so(cohort: Cohort, run: Run) -> None:
    rows = replace(run.readable(cohort), whole=None)
    files = [Path(path) for path in rows.images.path[:2]]
    reading = read(run, files, method=None, device="cpu")
    assert reading.predictions.provenance["without_features"] == ["the lateral view"]
    np.testing.assert_allclose(
        reading.predictions.probabilities, predict(run, rows, workers=0).probabilities[:2], atol=1e-6
    )
    heatmaps = explain(run, files[:1])
    assert [one.finding for one in heatmaps] == list(run.findings)


def test_studies_with_a_lateral_alone_are_rows_by_choice(cohort: Cohort, tmp_path: Path) -> None:
    images = cohort.images
    lone = images.study_id[images.view == "LATERAL"].iloc[0]
    orphaned = cohort.where(~((images.study_id == lone) & (images.view != "LATERAL")), "Without one frontal")
    orphaned = replace(orphaned, whole=None)
    orphan = images.image_id[(images.study_id == lone) & (images.view == "LATERAL")].iloc[0]
    names = {}
    for views in (None, ["PA", "AP", "FRONTAL"]):
        recipe = Recipe.model_validate(RECIPE | {"data": {"views": views}})
        names[views is None] = set(train(recipe, orphaned, tmp_path / str(views), device="cpu").split.index)
    assert names[True] - names[False] == {orphan}
