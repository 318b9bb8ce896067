"""Several processes train as one does: each with its own share of every batch; and none waits for one that is gone."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from hilum.data import Batch, Loader
from hilum.data.source import Rows
from hilum.runs import Run
from hilum.schema import Cohort, ConfigError
from hilum.training import processes

NAMES = ("Mass", "Effusion")
RECIPE = {
    "findings": NAMES,
    "model": {"name": "mlp", "hidden": [8]},
    "features": {"demographics": {}, "history": {}},
    "training": {
        "batch_size": 85,  # three steps, of which no half is as large as the other
        "precision": "fp32",
        "phases": [{"epochs": 1, "optimizer": {"name": "sgd"}, "lr": 0.5, "schedule": "constant"}],
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
    changes = sys.argv[3:]
    train(load_recipe("recipe.yaml", changes), cohort, sys.argv[2], device="cpu", devices=int(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """255 images to train on and 64 to validate with; some labels are not known, in one share more than in another."""
    place, draw = tmp_path_factory.mktemp("devices"), np.random.default_rng(0)
    images = pd.DataFrame({"image_id": [f"f{n:03}" for n in range(319)], "patient_id": np.arange(319).astype(str)})
    images["sequence"], images["age_years"] = 0, draw.uniform(20, 90, 319)
    images["sex"], images["view"] = np.where(draw.random(319) < 0.5, "F", "M"), "PA"
    images["split"] = ["train"] * 255 + ["val"] * 64
    labels = pd.DataFrame(draw.integers(0, 2, (319, 2)).astype(float), columns=list(NAMES))
    labels = labels.mask(draw.random((319, 2)) < 0.3)
    cohort = Cohort("drawn", images, labels)
    cohort.images.to_parquet(place / "images.parquet")
    cohort.labels.to_parquet(place / "labels.parquet")
    (place / "recipe.yaml").write_text(json.dumps(RECIPE))
    (place / "script.py").write_text(SCRIPT)
    return place


def trained(folder: Path, name: str, *command: str) -> tuple[Run, str]:
    done = subprocess.run(
        [sys.executable, *command, name], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return Run.open(folder / name), done.stderr


@pytest.fixture(scope="module")
def one(folder: Path) -> Run:
    return trained(folder, "one", "script.py", "1")[0]


@pytest.mark.parametrize(
    "command",
    [
        ("script.py", "2"),
        ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "script.py", "1"),
    ],
    ids=["devices", "torchrun"],
)
def test_two_processes_end_where_one_does(folder: Path, one: Run, command: tuple[str, ...]) -> None:
    """Three steps. The gradient over a batch is that of its labels, however many of them each process has; a share that
    both processes learned, or that neither did, would end elsewhere."""
    two, said = trained(folder, f"two-{len(command)}", *command)
    assert said.count("epoch   1 of 1") == 1  # one process speaks
    assert two.provenance["machine"]["devices"] == 2
    weights, expected = two.model().state_dict(), one.model().state_dict()
    for name, tensor in expected.items():
        np.testing.assert_allclose(weights[name].numpy(), tensor.numpy(), atol=1e-6, err_msg=name)
    assert two.log.step.tolist() == [3]
    np.testing.assert_allclose(two.log.loss, one.log.loss, atol=1e-6)
    np.testing.assert_allclose(two.log.val_auroc, one.log.val_auroc, atol=1e-6)


class Numbers:
    """A source whose images are their own rows."""

    image_ids, failures = [str(row) for row in range(103)], []

    def __len__(self) -> int:
        return 103

    def get(self, rows: Rows) -> Batch:
        return Batch(tuple(str(row) for row in rows), {})

    def batches(self, plan: list[Rows]):
        return (self.get(rows) for rows in plan)


@pytest.mark.parametrize("world", [2, 3])
def test_the_shares_of_all_processes_are_each_batch_of_one(world: int) -> None:
    def loader(world: int) -> Loader:
        return Loader(Numbers(), np.arange(103), 16, {"rows": torch.arange(103)}, seed=1, world=world)

    alone, several = loader(1), loader(world)
    assert len(alone) == len(several) == 7
    for epoch in (0, 1):
        whole = [batch.image_ids for batch in alone.epoch(epoch)]
        shares = [[batch.image_ids for batch in several.epoch(epoch, rank=rank)] for rank in range(world)]
        assert several.sizes(epoch) == [len(batch) for batch in whole]
        for step, batch in enumerate(whole):
            together = [image_id for share in shares for image_id in share[step]]
            assert len(together) == len(batch)
            assert set(together) == set(batch)
        assert len({image_id for batch in whole for image_id in batch}) == 103
        later = [batch.image_ids for batch in several.epoch(epoch, rank=1, first=5)]
        assert later == shares[1][5:]


# --- what ends ---


@pytest.mark.parametrize("victim", ["child", "parent"])
def test_when_one_process_is_killed_the_other_ends_with_one_error(folder: Path, victim: str) -> None:
    out = folder / f"killed-{victim}"
    endless = ("training.phases.0.epochs=100000",)
    with subprocess.Popen(
        [sys.executable, "script.py", "2", str(out), *endless],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        try:
            deadline = time.monotonic() + 240
            while not (out / "log.jsonl").is_file() and time.monotonic() < deadline:
                time.sleep(0.05)
            child = int(Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()[0])
            killed, left = (child, parent.pid) if victim == "child" else (parent.pid, child)
            os.kill(killed, signal.SIGKILL)
            _, said = parent.communicate(timeout=240)
            while Path(f"/proc/{left}/stat").exists() and time.monotonic() < deadline + 240:
                time.sleep(0.05)
            assert not Path(f"/proc/{left}/stat").exists()
        finally:
            if parent.poll() is None:
                os.killpg(parent.pid, signal.SIGKILL)
    assert parent.returncode != 0
    assert said.count("Another of the 2 processes that train together has ended") >= 1
    assert Run.open(out).provenance["weights"]["epoch"] >= 1


def test_more_gpus_than_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    from hilum.device import Device

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ConfigError, match=r"2 GPUs asked for, and 1 found"):
        processes.launch(Device(torch.device("cuda"), bf16=False, channels_last=True), 2)
    with pytest.raises(ConfigError, match=r"2 asked for, and device 'cuda:0' is one"):
        processes.launch(Device(torch.device("cuda:0"), bf16=False, channels_last=True), 2)
