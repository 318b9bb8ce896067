"""A step: the same gradient however the batch is cut, and one clear error where memory or numbers end."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from hilum.data import Batch
from hilum.runs import Recipe, Run
from hilum.runs.recipes import with_overrides
from hilum.schema import Cohort, RunError
from hilum.tasks import Classify
from hilum.training import loop, train


@pytest.fixture
def stores(tiny_run: Run) -> Path:
    return tiny_run.folder.parent / "stores"


@pytest.fixture
def smooth(tiny_recipe: Recipe) -> Recipe:
    """Without batch norm, which sees what a part of a batch is."""
    changes = ["model.encoder=test_vit", "training.epochs=2", "training.optimizer=sgd", "training.lr=0.1"]
    return with_overrides(tiny_recipe, [*changes, "augment.affine.degrees=5"])


def test_a_batch_in_parts_teaches_the_same(smooth: Recipe, tiny_cohort: Cohort, tmp_path: Path, stores: Path) -> None:
    """Also where some labels teach nothing, so that a mean of means is not the mean."""
    labels = tiny_cohort.labels.astype(float)
    labels.iloc[::3, 0], labels.iloc[1::5, 1] = np.nan, np.nan
    cohort = Cohort("tiny", tiny_cohort.images, labels)
    whole = train(smooth, cohort, tmp_path / "whole", stores=stores, device="cpu")
    parts = with_overrides(smooth, ["training.accumulate=3"])
    cut = train(parts, cohort, tmp_path / "parts", stores=stores, device="cpu")
    expected = whole.model().state_dict()
    for name, tensor in cut.model().state_dict().items():
        np.testing.assert_allclose(tensor.numpy(), expected[name].numpy(), atol=2e-6, err_msg=name)
    np.testing.assert_allclose(cut.log.val_log_loss, whole.log.val_log_loss, rtol=1e-5)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        MemoryError(),
        None,  # what PyTorch raises on a CPU
    ],
    ids=["gpu", "python", "cpu"],
)
def test_a_batch_too_large_for_memory(
    smooth: Recipe,
    tiny_cohort: Cohort,
    tmp_path: Path,
    stores: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception | None,
) -> None:
    def step(self: Classify, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        if error is None:
            torch.empty(10**15)
        raise error  # type: ignore[misc]

    monkeypatch.setattr(Classify, "step", step)
    recipe = with_overrides(smooth, ["training.accumulate=2"])
    with pytest.raises(RunError, match=r"8 images a step, 4 at once, are too many.*training\.accumulate=4.*batch_size"):
        train(recipe, tiny_cohort, tmp_path / "run", stores=stores, device="cpu")


def test_a_loss_that_is_no_number(
    smooth: Recipe, tiny_cohort: Cohort, tmp_path: Path, stores: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops at that batch, names its images, and the best epoch so far stays a Run."""
    original, spoiled = Classify.step, list[str]()
    steps = 0

    def step(self: Classify, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        nonlocal steps
        steps += 1
        losses = original(self, model, batch)
        if steps == 12:  # of 8 an epoch
            spoiled.extend(batch.image_ids)
            losses["loss"] = losses["loss"] * torch.nan
        return losses

    monkeypatch.setattr(Classify, "step", step)
    with pytest.raises(RunError, match=r"loss of epoch 2 is nan.*nan\.json.*best epoch so far, 1, is kept") as refused:
        train(smooth, tiny_cohort, tmp_path / "run", stores=stores, device="cpu")
    found = json.loads((tmp_path / "run" / "nan.json").read_text())
    assert found["image_ids"] == spoiled
    assert spoiled[0] in str(refused.value)
    assert found["epoch"] == 2
    run = Run.open(tmp_path / "run")
    assert run.provenance["weights"]["epoch"] == 1
    assert all(tensor.isfinite().all() for tensor in run.model().state_dict().values())


def test_a_plateau_lowers_the_rate_also_after_a_pause(
    smooth: Recipe, tiny_cohort: Cohort, tmp_path: Path, stores: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights that stand still get no better: the rate falls each epoch, and goes on falling when resumed."""
    changes = ["training.epochs=4", "training.lr=1e-30", "training.schedule={name: plateau, factor: 0.5}"]
    recipe = with_overrides(smooth, changes)
    whole = train(recipe, tiny_cohort, tmp_path / "whole", stores=stores, device="cpu")
    assert whole.log.best.tolist() == [True, False, False, False]
    assert (whole.log.lr / 1e-30).tolist() == pytest.approx([1, 1, 0.5, 0.25])

    class Cut(Exception):
        pass

    original, calls = loop.save_last, 0

    def cut(*arguments: object) -> None:
        nonlocal calls
        calls += 1
        original(*arguments)  # type: ignore[arg-type]
        if calls == 2:
            raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(loop, "save_last", cut)
        with pytest.raises(Cut):
            train(recipe, tiny_cohort, tmp_path / "cut", stores=stores, device="cpu")
    again = train(recipe, tiny_cohort, tmp_path / "cut", stores=stores, device="cpu", resume=True)
    assert again.log.lr.tolist() == whole.log.lr.tolist()
