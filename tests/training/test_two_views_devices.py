"""Two processes learn two views as one does, also where the images of one process hold no lateral at all."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from tests.training.test_devices import SCRIPT

from hilum.runs import Run, load_recipe
from hilum.schema import Cohort
from hilum.training import train

RECIPE = {
    "findings": ["Mass", "Effusion"],
    "task": {"name": "classify", "missing": "zeros"},
    "model": {
        "name": "two_views",
        "encoder": "test_convnext",  # norms within an image, so that shares of a batch give what the batch gives
        "lateral": "own",
        "hide_lateral": 0,
        "hide_frontal": 0,
    },
    "preprocess": {"size": 32},
    "training": {
        "batch_size": 8,
        "precision": "fp32",
        "phases": [{"epochs": 1, "optimizer": {"name": "sgd"}, "lr": 0.5, "schedule": "constant"}],
    },
}
LATERALS = 2  # in three batches, each shared by two processes: some shares have none


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 studies to learn from and 6 to validate with, two of the former with a lateral."""
    place, draw = tmp_path_factory.mktemp("views"), np.random.default_rng(0)
    patients = [*range(30), *range(LATERALS)]
    images = pd.DataFrame({"image_id": [f"f{n:02}" for n in range(len(patients))]})
    images["patient_id"] = images["study_id"] = [str(n) for n in patients]
    images["sequence"], images["view"] = 0, ["PA"] * 30 + ["LATERAL"] * LATERALS
    images["split"] = ["val" if n >= 24 else "train" for n in patients]
    images["path"] = [str(place / f"{name}.png") for name in images.image_id]
    for path in images.path:
        cv2.imwrite(path, draw.integers(0, 256, (64, 64)).astype(np.uint8))
    labels = pd.DataFrame(draw.integers(0, 2, (len(images), 2)).astype(float), columns=RECIPE["findings"])
    images.to_parquet(place / "images.parquet")
    labels.to_parquet(place / "labels.parquet")
    (place / "recipe.yaml").write_text(json.dumps(RECIPE))
    (place / "script.py").write_text(SCRIPT)
    return place


def test_two_processes_end_where_one_does(folder: Path) -> None:
    cohort = Cohort("drawn", *(pd.read_parquet(folder / f"{name}.parquet") for name in ("images", "labels")))
    one = train(load_recipe(folder / "recipe.yaml"), cohort, folder / "one", device="cpu")
    command = [sys.executable, "script.py", "2", "two"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    two = Run.open(folder / "two")
    weights, expected = two.model().state_dict(), one.model().state_dict()
    assert any(name.startswith("lateral_encoder.") for name in expected)
    for name, tensor in expected.items():
        np.testing.assert_allclose(weights[name].numpy(), tensor.numpy(), atol=1e-5, err_msg=name)
    assert two.log.step.tolist() == one.log.step.tolist() == [3]
    np.testing.assert_allclose(two.log.loss, one.log.loss, atol=1e-6)
