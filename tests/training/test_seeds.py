"""Several seeds in one command: a Run each, and the spread of their figures."""

import json
import statistics
from pathlib import Path

import pytest

from hilum.runs import Recipe, Run
from hilum.runs.recipes import with_overrides
from hilum.schema import Cohort, ConfigError, RunError
from hilum.training.seeds import train_seeds


@pytest.fixture
def short(tiny_recipe: Recipe) -> Recipe:
    return with_overrides(tiny_recipe, ["training.epochs=1"])


def test_each_seed_is_a_run_and_what_is_there_is_kept(
    short: Recipe, tiny_cohort: Cohort, tiny_run: Run, tmp_path: Path
) -> None:
    stores, out = tiny_run.folder.parent / "stores", tmp_path / "runs"
    found = train_seeds(short, tiny_cohort, out, seeds=2, stores=stores, device="cpu")
    assert [run.folder for run in found.runs] == [out / "seed-0", out / "seed-1"]
    assert [run.recipe.training.seed for run in found.runs] == [0, 1]
    values = [run.log.val_auroc.iloc[0] for run in found.runs]
    assert values[0] != values[1]
    kept = json.loads((out / "seeds.json").read_text())
    assert kept["figures"]["auroc"]["values"] == values
    assert kept["figures"]["auroc"]["sd"] == pytest.approx(statistics.stdev(values))
    assert f"2 seeds: auroc {statistics.mean(values):.4f} (SD {statistics.stdev(values):.4f})" in found.sentence()
    splits = [run.split.to_dict() for run in found.runs]
    assert splits[0] == splits[1]

    before = (out / "seed-0" / "last.safetensors").stat().st_mtime_ns
    with pytest.raises(RunError, match="--resume"):
        train_seeds(short, tiny_cohort, out, seeds=3, stores=stores, device="cpu")
    more = train_seeds(short, tiny_cohort, out, seeds=3, resume=True, stores=stores, device="cpu")
    assert (out / "seed-0" / "last.safetensors").stat().st_mtime_ns == before
    assert more.figures["auroc"][:2] == values
    assert len(json.loads((out / "seeds.json").read_text())["figures"]["auroc"]["values"]) == 3


def test_one_seed_has_no_spread(short: Recipe, tiny_cohort: Cohort, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Expected 2 or more"):
        train_seeds(short, tiny_cohort, tmp_path, seeds=1)
