"""What a kill or a full disk leaves behind, and that training goes on from it as if nothing had happened."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hilum.runs import Recipe, Run, save
from hilum.runs.recipes import with_overrides
from hilum.schema import Cohort, DataError, RunError
from hilum.training import loop, train


@pytest.fixture(scope="module")
def stores(tiny_run: Run) -> Path:
    return tiny_run.folder.parent / "stores"


@pytest.fixture(scope="module")
def short(tiny_recipe: Recipe) -> Recipe:
    return with_overrides(tiny_recipe, ["training.epochs=2"])


@pytest.fixture(scope="module")
def whole(short: Recipe, tiny_cohort: Cohort, stores: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(short, tiny_cohort, tmp_path_factory.mktemp("whole") / "run", stores=stores)


def assert_as_whole(run: Run, whole: Run) -> None:
    """The same weights, and the same files and no others."""
    assert {path.name for path in run.folder.iterdir()} == {path.name for path in whole.folder.iterdir()}
    for name in ("weights.safetensors", "recipe.yaml", "split.parquet", "findings.json", "preprocess.json"):
        assert (run.folder / name).read_bytes() == (whole.folder / name).read_bytes(), name
    assert run.log.loss.equals(whole.log.loss)


class Cut(BaseException):
    """Stands for a kill: nothing catches it."""


@pytest.mark.parametrize("place", ["findings.json", "preprocess.json", "split.parquet", "recipe.yaml"])
@pytest.mark.parametrize("resume", [True, False])
def test_killed_while_it_writes_down_what_it_begins_with(
    short: Recipe,
    tiny_cohort: Cohort,
    stores: Path,
    whole: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    resume: bool,
) -> None:
    def cutting(original: Callable[..., None]) -> Callable[..., None]:
        def cut(path: Path, value: object) -> None:
            if path.name == place:
                path.parent.mkdir(exist_ok=True)
                path.with_name(f".writing-{path.name}").write_bytes(b"half")
                raise Cut
            original(path, value)

        return cut

    with monkeypatch.context() as patch:
        for name in ("write_json", "write_table", "write_text"):
            patch.setattr(save, name, cutting(getattr(save, name)))
        with pytest.raises(Cut):
            train(short, tiny_cohort, tmp_path / "run", stores=stores)
    assert_as_whole(train(short, tiny_cohort, tmp_path / "run", stores=stores, resume=resume), whole)


@pytest.mark.skipif(sys.platform == "win32", reason="no locks on files there")
def test_what_killed_processes_left_is_gone_after_the_next(
    short: Recipe, tiny_cohort: Cohort, stores: Path, whole: Run, tmp_path: Path
) -> None:
    """Also names that nobody writes again, and in a Run that is finished already."""
    folder = Path(shutil.copytree(whole.folder, tmp_path / "run"))
    for name in (".writing-last.safetensors", ".writing-x4f-weights.safetensors", ".writing-recipe.yaml"):
        (folder / name).write_bytes(b"half of it")
    assert_as_whole(train(short, tiny_cohort, folder, stores=stores, resume=True), whole)


def test_another_file_in_the_folder_is_not_ours(
    short: Recipe, tiny_cohort: Cohort, stores: Path, tmp_path: Path
) -> None:
    (tmp_path / "findings.json").write_text("{}")
    (tmp_path / "weights.safetensors").write_text("mine")
    with pytest.raises(RunError, match="not empty, and no Run"):
        train(short, tiny_cohort, tmp_path, stores=stores, resume=True)


# --- a full disk ---


@pytest.mark.parametrize(("name", "last_good"), [("save_weights", 0), ("save_last", 1)])
def test_a_full_disk_is_one_error_and_what_was_there_is_gone_on_with(
    short: Recipe,
    tiny_cohort: Cohort,
    stores: Path,
    whole: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    full_disk: Callable[[int], Any],
    name: str,
    last_good: int,
) -> None:
    original: Callable[..., object] = getattr(loop, name)
    calls = 0

    def full(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls <= last_good:
            return original(*arguments)
        with full_disk(1000):
            return original(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(loop, name, full)
        with pytest.raises(DataError, match=r"safetensors: cannot be written: the disk is full") as refused:
            train(short, tiny_cohort, tmp_path / "run", stores=stores)
    assert str(tmp_path / "run") in str(refused.value)
    assert not list((tmp_path / "run").glob(".*"))
    if last_good:
        Run.open(tmp_path / "run").model()
    assert_as_whole(train(short, tiny_cohort, tmp_path / "run", stores=stores, resume=True), whole)


def test_a_disk_full_from_the_start(
    short: Recipe, tiny_cohort: Cohort, stores: Path, whole: Run, tmp_path: Path, full_disk: Callable[[int], Any]
) -> None:
    with full_disk(2500), pytest.raises(DataError, match="the disk is full"):
        train(short, tiny_cohort, tmp_path / "run", stores=stores)
    assert_as_whole(train(short, tiny_cohort, tmp_path / "run", stores=stores, resume=True), whole)


# --- files that were damaged meanwhile ---


@pytest.mark.parametrize("name", ["recipe.yaml", "split.parquet", "log.jsonl", "last.safetensors"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[" * 100_000, b"7"])
def test_it_does_not_go_on_with_a_damaged_file(
    short: Recipe, tiny_cohort: Cohort, stores: Path, whole: Run, tmp_path: Path, name: str, content: bytes
) -> None:
    folder = Path(shutil.copytree(whole.folder, tmp_path / "run"))
    (folder / name).write_bytes(content)
    before = (folder / "weights.safetensors").read_bytes()
    with pytest.raises(RunError, match=name.replace(".", r"\.")):
        train(short, tiny_cohort, folder, stores=stores, resume=True)
    assert (folder / "weights.safetensors").read_bytes() == before


def test_a_log_that_lacks_an_epoch_is_refused(
    short: Recipe, tiny_cohort: Cohort, stores: Path, whole: Run, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(whole.folder, tmp_path / "run"))
    first = (folder / "log.jsonl").read_text().splitlines()[0]
    (folder / "log.jsonl").write_text(first + "\n")
    with pytest.raises(RunError, match=r"log\.jsonl: the log of 1 epochs, and 2 are done"):
        train(short, tiny_cohort, folder, stores=stores, resume=True)
    assert json.loads(first)["epoch"] == 1


# --- small things that stopped it ---


def test_batches_of_two_and_an_odd_number_of_images(
    tiny_recipe: Recipe, tiny_cohort: Cohort, stores: Path, tmp_path: Path
) -> None:
    """A batch norm over maps of one cell cannot learn from a batch of one image."""
    images = tiny_cohort.images.copy()
    images["split"] = ["train"] * 61 + ["val"] * 19
    images.loc[images.index[60:62], "patient_id"] = ["alone", "alone too"]
    cohort = Cohort("tiny", images, tiny_cohort.labels)
    recipe = with_overrides(
        tiny_recipe, ["training.epochs=1", "training.batch_size=2", "model.encoder=resnet10t", "preprocess.size=32"]
    )
    run = train(recipe, cohort, tmp_path / "run", stores=stores)
    assert run.provenance["cohort"]["train"] == 61
    assert run.log.loss.notna().all()


@pytest.mark.parametrize("out", ["file", "file/below/it"])
def test_a_place_that_cannot_be_is_refused_before_the_work(
    short: Recipe, tiny_cohort: Cohort, tmp_path: Path, out: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="Expected a folder to write to"):
        train(short, tiny_cohort, tmp_path / out)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
