import subprocess
import sys
from pathlib import Path

import numpy as np

from hilum.runs import Recipe, Run
from hilum.runs.recipes import with_overrides
from hilum.schema import Cohort

SCRIPT = """
import pandas as pd
from hilum.runs import load_recipe
from hilum.schema import Cohort
from hilum.training import train
images, labels = pd.read_parquet("images.parquet"), pd.read_parquet("labels.parquet")
train(load_recipe("recipe.yaml"), Cohort("tiny", images, labels), "run", stores="stores", device="cpu", devices=2)
"""


def test_two_processes_learn_one_run(tiny_cohort: Cohort, tiny_recipe: Recipe, tiny_run: Run, tmp_path: Path) -> None:
    recipe = with_overrides(
        tiny_recipe, ["training.phases=[{epochs: 1, frozen: [encoder.network.layer1]}, {epochs: 1}]"]
    )
    (tmp_path / "recipe.yaml").write_text(recipe.model_dump_json())
    (tmp_path / "stores").symlink_to(tiny_run.folder.parent / "stores")
    tiny_cohort.images.to_parquet(tmp_path / "images.parquet")
    tiny_cohort.labels.to_parquet(tmp_path / "labels.parquet")
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("epoch   2 of 2") == 1  # one process speaks
    run = Run.open(tmp_path / "run")
    assert run.provenance["machine"]["devices"] == 2
    assert run.log.epoch.tolist() == [1, 2]
    assert np.isfinite(run.log.loss).all()
