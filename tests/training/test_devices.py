"""Several processes train as one does: each with its own share of every batch."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hilum.runs import Run
from hilum.schema import Cohort

NAMES = ("Mass", "Effusion")
RECIPE = {
    "findings": NAMES,
    "model": {"name": "mlp", "hidden": [8]},
    "features": {"demographics": {}, "history": {}},
    "training": {
        "batch_size": 32,
        "precision": "fp32",
        "phases": [{"epochs": 2, "optimizer": {"name": "sgd", "momentum": 0.0}, "lr": 0.5, "schedule": "constant"}],
    },
}
SCRIPT = """
import sys
import pandas as pd
from hilum.runs import load_recipe
from hilum.schema import Cohort
from hilum.training import train
if __name__ == "__main__":
    cohort = Cohort("drawn", pd.read_parquet("images.parquet"), pd.read_parquet("labels.parquet"))
    train(load_recipe("recipe.yaml"), cohort, sys.argv[2], device="cpu", devices=int(sys.argv[1]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """256 images to train on and 64 to validate with, in which every fourth one says another thing than the rest."""
    draw = np.random.default_rng(0)
    images = pd.DataFrame({"image_id": [f"f{n:03}" for n in range(320)], "patient_id": np.arange(320).astype(str)})
    images["sequence"], images["age_years"] = 0, draw.uniform(20, 90, 320)
    images["sex"], images["view"] = np.where(draw.random(320) < 0.5, "F", "M"), "PA"
    images["split"] = ["train"] * 256 + ["val"] * 64
    labels = pd.DataFrame(draw.integers(0, 2, (320, 2)).astype(float), columns=list(NAMES))
    cohort = Cohort("drawn", images, labels)
    cohort.images.to_parquet(tmp_path / "images.parquet")
    cohort.labels.to_parquet(tmp_path / "labels.parquet")
    (tmp_path / "recipe.yaml").write_text(json.dumps(RECIPE))
    (tmp_path / "script.py").write_text(SCRIPT)
    return tmp_path


def trained(folder: Path, devices: int) -> tuple[Run, str]:
    command = [sys.executable, "script.py", str(devices), f"run{devices}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return Run.open(folder / f"run{devices}"), done.stderr


def test_two_processes_end_where_one_does(folder: Path) -> None:
    """The mean of the gradients over two halves of a batch is the gradient over the batch; a share that both processes
    learned, or that neither did, would end elsewhere."""
    one, _ = trained(folder, 1)
    two, said = trained(folder, 2)
    assert said.count("epoch   2 of 2") == 1  # one process speaks
    assert two.provenance["machine"]["devices"] == 2
    weights, expected = two.model().state_dict(), one.model().state_dict()
    for name, tensor in expected.items():
        np.testing.assert_allclose(weights[name].numpy(), tensor.numpy(), atol=1e-5, err_msg=name)
    np.testing.assert_allclose(two.log.loss, one.log.loss, atol=1e-5)
    np.testing.assert_allclose(two.log.val_auroc, one.log.val_auroc, atol=1e-5)
