"""Learning that was cut off, by an exception at every place where it writes and by SIGKILL at any moment, ends with the
weights of one that was not: the same bytes (fp32, CPU)."""

import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import pytest
from safetensors.torch import load_file

from hilum.runs import Recipe, Run
from hilum.runs.recipes import with_overrides
from hilum.schema import Cohort, RunError
from hilum.training import loop, train

# All that a resumed epoch must find again: order, augmentation, dropout, the state of two optimizers, the average.
DEMANDING = [
    "training.phases=[{epochs: 2, lr: 3e-3, frozen: [encoder.network.layer1]},"
    " {epochs: 3, optimizer: sgd, warmup_epochs: 1}]",
    "training.ema_decay=0.9",
    "training.gradient_clip=1",
    "model.head={name: hidden, hidden: [8], dropout: 0.3}",
    "augment={affine: {}, brightness_contrast: {}, noise: {}, erasing: {}}",
]
COLUMNS = ["epoch", "step", "loss", "val_log_loss", "val_auroc", "best", "lr"]


@pytest.fixture(scope="module")
def recipe(tiny_recipe: Recipe) -> Recipe:
    return with_overrides(tiny_recipe, DEMANDING)


@pytest.fixture(scope="module")
def stores(tiny_run: Run) -> Path:
    return tiny_run.folder.parent / "stores"


@pytest.fixture(scope="module")
def undisturbed(recipe: Recipe, tiny_cohort: Cohort, stores: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(recipe, tiny_cohort, tmp_path_factory.mktemp("undisturbed") / "run", stores=stores)


def assert_same(run: Run, other: Run) -> None:
    assert (run.folder / "weights.safetensors").read_bytes() == (other.folder / "weights.safetensors").read_bytes()
    assert _tensors(run) == _tensors(other)
    assert run.log[COLUMNS].equals(other.log[COLUMNS])
    assert run.provenance["weights"] == other.provenance["weights"]


def _tensors(run: Run) -> dict[str, bytes]:
    """All of the last state, its clock apart."""
    return {name: value.numpy().tobytes() for name, value in load_file(run.folder / "last.safetensors").items()}


class Cut(Exception):
    """Stands for a kill at a chosen line."""


@pytest.mark.parametrize(
    ("place", "epoch"),
    [
        ("save_weights", 1),
        ("after save_weights", 1),
        ("save_last", 1),
        ("after save_last", 2),
        ("save_last", 3),
        ("after save_last", 4),
    ],
)
def test_cut_off_where_it_writes(
    recipe: Recipe,
    tiny_cohort: Cohort,
    stores: Path,
    undisturbed: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    epoch: int,
) -> None:
    name = place.removeprefix("after ")
    original: Callable[..., object] = getattr(loop, name)
    calls = 0

    def cut(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == epoch and name == place:
            raise Cut
        result = original(*arguments)
        if calls == epoch:
            raise Cut
        return result

    with monkeypatch.context() as patch:
        patch.setattr(loop, name, cut)
        with pytest.raises(Cut):
            train(recipe, tiny_cohort, tmp_path / "run", stores=stores)
    assert_same(train(recipe, tiny_cohort, tmp_path / "run", stores=stores, resume=True), undisturbed)


def test_killed_three_times_at_random_moments(
    recipe: Recipe, tiny_cohort: Cohort, stores: Path, undisturbed: Run, tmp_path: Path
) -> None:
    seed = int.from_bytes(os.urandom(4))
    draw, out = random.Random(seed), tmp_path / "run"
    an_epoch = undisturbed.provenance["seconds"] / len(undisturbed.log)
    context = get_context("forkserver")
    context.set_forkserver_preload(["hilum.training", "timm"])  # one import for all the processes that are killed
    for _ in range(3):
        process = context.Process(
            target=train, args=(recipe, tiny_cohort, out), kwargs={"stores": stores, "resume": True}
        )
        before = _written(out)
        process.start()
        while _written(out) == before and process.is_alive():
            time.sleep(0.005)
        time.sleep(draw.uniform(0, 1.2 * an_epoch))
        process.kill()
        process.join()
        assert process.exitcode in (-signal.SIGKILL, 0), f"seed {seed}"
    finished = train(recipe, tiny_cohort, out, stores=stores, resume=True)
    assert_same(finished, undisturbed)


def _written(out: Path) -> int:
    path = out / "last.safetensors"
    return path.stat().st_mtime_ns if path.is_file() else 0


# --- what is refused ---


def test_a_finished_run_is_not_learnt_again(
    recipe: Recipe, tiny_cohort: Cohort, stores: Path, undisturbed: Run
) -> None:
    before = {path: path.stat().st_mtime_ns for path in undisturbed.folder.iterdir()}
    again = train(recipe, tiny_cohort, undisturbed.folder, stores=stores, resume=True)
    assert again.provenance == undisturbed.provenance
    assert {path: path.stat().st_mtime_ns for path in undisturbed.folder.iterdir()} == before


def test_a_run_is_not_written_over(recipe: Recipe, tiny_cohort: Cohort, undisturbed: Run) -> None:
    with pytest.raises(RunError, match=r"a Run is there already.*--resume"):
        train(recipe, tiny_cohort, undisturbed.folder)


def test_another_recipe_is_refused_by_what_differs(recipe: Recipe, tiny_cohort: Cohort, undisturbed: Run) -> None:
    other = with_overrides(recipe, ["preprocess.size=64", "training.seed=3"])
    with pytest.raises(RunError, match="another recipe; preprocess, training differ"):
        train(other, tiny_cohort, undisturbed.folder, resume=True)


def test_other_images_are_refused(recipe: Recipe, tiny_cohort: Cohort, undisturbed: Run) -> None:
    fewer = tiny_cohort.where(tiny_cohort.images.index < 70, "fewer")
    with pytest.raises(RunError, match="begun with 80 images, and now there are 70"):
        train(recipe, fewer, undisturbed.folder, resume=True)


@pytest.mark.parametrize("content", [b"", b"not tensors"])
def test_a_damaged_last_is_refused(
    recipe: Recipe, tiny_cohort: Cohort, stores: Path, tmp_path: Path, content: bytes
) -> None:
    short = with_overrides(recipe, ["training.epochs=1"])
    train(short, tiny_cohort, tmp_path / "run", stores=stores)
    (tmp_path / "run" / "last.safetensors").write_bytes(content)
    with pytest.raises(RunError, match=r"last\.safetensors: learning cannot be resumed"):
        train(short, tiny_cohort, tmp_path / "run", stores=stores, resume=True)
