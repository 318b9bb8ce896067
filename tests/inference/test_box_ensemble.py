"""Detectors and a classifier as one Run: fused, gated, mirrored, kept as copies."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from hilum.evaluation.box_fusion import fuse_boxes
from hilum.inference import Predictor
from hilum.inference.box_ensemble import BoxEnsemblePredictor
from hilum.runs import Run
from hilum.schema import Boxes, BoxPredictions, Cohort, ConfigError, RunError, as_labels
from hilum.workflows.ensemble import ensemble

Make = Callable[..., Run]
UNET = {"name": "box_unet", "encoder": "test_resnet", "width": 32, "norm": "group"}
EDGES = ["x0", "y0", "x1", "y1"]


@pytest.fixture
def boxed(tiny_cohort: Cohort) -> Cohort:
    """The tiny cohort with the boxes of its squares, on a canvas of twice its pixels."""
    places = {"Mass": (16, 20, 48, 52), "Nodule": (80, 76, 112, 108)}
    rows = [
        (image_id, name, *places[name])
        for image_id, present in zip(tiny_cohort.images.image_id, tiny_cohort.labels.to_dict("records"), strict=True)
        for name in places
        if present[name]
    ]
    images = tiny_cohort.images.assign(width=128, height=128)
    return replace(tiny_cohort, images=images, boxes=Boxes(pd.DataFrame(rows, columns=["image_id", "finding", *EDGES])))


@pytest.fixture
def detector(make_run: Make) -> Make:
    def make(name: str, seed: int) -> Run:
        return make_run(name, seed=seed, task={"name": "detect", "cuts": [0.4], "least": 0.0}, model=UNET)

    return make


def told(run: Run, cohort: Cohort) -> BoxPredictions:
    said = Predictor.open(run).predict(cohort, workers=0)
    assert isinstance(said, BoxPredictions)
    return said


def test_boxes_of_a_cohort_lie_on_its_canvas(detector: Make, boxed: Cohort) -> None:
    table = told(detector("one", 1), boxed).boxes.table
    assert len(table)
    assert (table.image_width == 128).all()
    assert table.x1.max() > 64


def test_an_ensemble_says_what_its_members_boxes_fuse_to(detector: Make, boxed: Cohort, tmp_path: Path) -> None:
    runs = [detector(f"run{seed}", seed) for seed in (1, 2)]
    fused = told(ensemble(runs, tmp_path / "both", boxes={"fusion": "nms", "shrink": 0.9}), boxed)
    expected = fuse_boxes([told(run, boxed) for run in runs], method="nms", shrink=0.9)
    assert np.allclose(fused.boxes.table[EDGES], expected.boxes.table[EDGES])
    assert fused.header.image_ids == tuple(boxed.images.image_id)
    assert fused.provenance["ensemble"]["members"] == ["run1", "run2"]


def test_a_gate_multiplies_scores_or_leaves_boxes_out(
    detector: Make, make_run: Make, boxed: Cohort, tmp_path: Path
) -> None:
    run, gate = detector("run", 1), make_run("gate", seed=3)
    alone = told(run, boxed).boxes.table
    chance = as_labels(Predictor.open(gate).predict(boxed, workers=0)).table.set_index("image_id")
    each = np.array([chance.loc[row.image_id, row.finding] for row in alone.itertuples()])
    times = told(ensemble([run], tmp_path / "times", gate=[gate]), boxed).boxes.table
    assert np.allclose(times.score, alone.score * each, atol=1e-6)
    least = float(np.median(each))
    before = told(ensemble([run], tmp_path / "before", gate=[gate], boxes={"how": "before", "least": least}), boxed)
    assert 0 < len(before.boxes) < len(alone)
    assert np.allclose(before.boxes.table.score, alone.score[each >= least])


def test_boxes_found_on_mirrored_images_come_back(detector: Make, boxed: Cohort, tmp_path: Path) -> None:
    alone = detector("run", 1)
    run = ensemble([alone], tmp_path / "flips", variants=[{"name": "mirror"}], boxes={"fusion": "nms"})
    predictor, few = Predictor.open(run), boxed.take(np.arange(4), "four")
    assert isinstance(predictor, BoxEnsemblePredictor)
    _, found = predictor._boxes(predictor.members[0], predictor.source(few, workers=0).parts[0], 16)
    for path in few.images.path:
        cv2.imwrite(str(tmp_path / Path(path).name), cv2.imread(path, cv2.IMREAD_GRAYSCALE)[:, ::-1])
    turned = replace(few, images=few.images.assign(path=[str(tmp_path / Path(path).name) for path in few.images.path]))
    expected = told(alone, turned).boxes.table[EDGES].to_numpy() / 2  # on the files' own 64 pixels
    assert len(expected)
    assert np.allclose(
        found.boxes.table[EDGES].to_numpy(), np.array([64, 0, 64, 0]) + expected[:, [2, 1, 0, 3]] * [-1, 1, -1, 1]
    )
    assert len(told(run, few).boxes)


def test_what_cannot_be_joined_is_refused(detector: Make, make_run: Make, tmp_path: Path) -> None:
    run, labels = detector("run", 1), make_run("labels")
    with pytest.raises(RunError, match=r"it gives labels\. Expected Runs that give boxes"):
        ensemble([run, labels], tmp_path / "mixed")
    with pytest.raises(RunError, match="Expected a classifier of Mass, Nodule before the boxes"):
        ensemble([run], tmp_path / "no-classifier", gate=[run])
    with pytest.raises(ConfigError, match="A gate and a fusion are for Runs that give boxes"):
        ensemble([labels, labels], tmp_path / "gated", gate=[labels])
    with pytest.raises(ConfigError, match=r"boxes come back from .mirror. alone"):
        ensemble([run], tmp_path / "zoomed", variants=[{"name": "zoom", "factor": 1.1}])
