"""Stages of a report on drawn chests: killed at ten random moments they end as if undisturbed."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from hilum.evaluation.reproduction import load_reproduction
from hilum.phantom import layouts
from hilum.schema import Features, Header, LabelPredictions, MaskPredictions

REPORT = """
title: A report in stages
source: nobody, nowhere
dataset: nih14
threshold: best_f1
differs: [split]
stages:
- {name: texture, sets: {lbp: {zones: lungs, radii: [1], size: 64}, gray: {size: 64}, lung_shape: {}}}
- {name: vectors, embed: network}
- {name: hidden, embed: network, control: lungs_removed}
- {name: lungs, sets: {lung_map: {side: 8}}}
- {name: heat, heat: network, side: 8}
- {name: fused, fuse: [lungs, heat], share: 0.4}
tables:
- title: One
  images: a part of its own
  findings: nih15
  rows:
  - name: network
    title: Network
    recipe: phantom-small
    set: [model.encoder=test_resnet, findings=nih15]
    differs: all
  - {name: hybrid, title: Hybrid, recipe: report5-final-hybrid-mlp, stored: [texture, vectors, fused], differs: all}
  - {name: without, title: No lungs, recipe: report5-base-mlp, stored: [hidden], differs: all}
  - {name: maps, title: Maps, recipe: report5-attention-cnn, attention: fused, differs: all}
  - {name: absent, title: Nothing, constant: absent, differs: all, printed: {f1: {micro: 0.5}}}
"""
# Imports everything once, then lets a child of its own do the work, which starts in a moment and can be killed.
WORK = """
import os, random, signal, sys, time
from pathlib import Path
import torch
from hilum.engine import parts
from hilum.schema import MaskPredictions
from hilum.training import train
from hilum.workflows.reproduce import reproduce
from hilum.workflows.reproduce_scale import Scale

report, root, masks, out = map(Path, sys.argv[1:])
parts.ROWS_IN_A_PART = 8

def begun(name):
    child = os.fork()
    if child:
        return child
    try:
        torch.set_num_threads(1)
        scale = Scale(epochs=1, size=32, settings=("training.precision=fp32", "training.early_stopping=0"))
        lungs = MaskPredictions.load(masks)
        where = out / name
        reproduce(report, root, where, train=train, scale=scale, masks=lungs, replicates=5, device="cpu")
        os._exit(0)
    except BaseException as error:
        print(repr(error), flush=True)
        os._exit(1)

def ended(child):
    status = os.waitpid(child, 0)[1]
    assert status == 0, status

start = time.monotonic()
ended(begun("whole"))
whole, kills = time.monotonic() - start, 0
for _ in range(10):
    child = begun("killed")
    time.sleep(random.uniform(0.02, 0.2) * whole)
    os.kill(child, signal.SIGKILL)
    kills += os.waitpid(child, 0)[1] == signal.SIGKILL
ended(begun("killed"))
print("killed", kills)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report made in one go and through ten kills: the folders `whole` and `killed`."""
    if not hasattr(os, "fork"):
        pytest.skip("no fork there")
    folder = tmp_path_factory.mktemp("staged")
    (folder / "staged.yaml").write_text(REPORT, encoding="utf-8")
    layouts["nih14"](folder / "nih", images=36, seed=3, size=64, workers=0)
    drawn = sorted((folder / "nih" / "masks").glob("*.png"))
    table = pd.DataFrame(
        {"image_id": [path.stem for path in drawn], "structure": "lungs", "path": list(map(str, drawn))}
    )
    MaskPredictions(table, Header(tuple(table.image_id))).save(folder / "lungs.parquet")
    words = [str(folder / name) for name in ("staged.yaml", "nih", "lungs.parquet", "out")]
    done = subprocess.run([sys.executable, "-c", WORK, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert int(done.stdout.split()[-1]) >= 3  # the last ones may find everything done
    return folder


def test_killed_at_ten_random_moments_every_row_says_the_same(made: Path) -> None:
    rows = load_reproduction(made / "staged.yaml").rows
    assert len(rows) == 5
    for row in rows:
        folders = (made / "out" / name / "rows" / row.name for name in ("whole", "killed"))
        said = [LabelPredictions.load(folder / "predictions.parquet").table for folder in folders]
        pd.testing.assert_frame_equal(*said, check_exact=True)


def test_and_so_does_every_stage(made: Path) -> None:
    for stage in ("texture", "vectors", "hidden", "lungs", "heat", "fused"):
        files = [list((made / "out" / name / "stages").glob(f"{stage}-*.parquet")) for name in ("whole", "killed")]
        assert [len(found) for found in files] == [1, 1], stage
        first, second = (Features.load(found[0]) for found in files)
        pd.testing.assert_frame_equal(first.table, second.table, check_exact=True)
        assert not first.table.isna().all(axis=None), stage


def test_the_page_sets_constants_beside_models(made: Path) -> None:
    page = (made / "out" / "killed" / "reproduction.html").read_text(encoding="utf-8")
    assert "5 of 5" in page
    assert "Nothing" in page
