"""A builder that is killed: nothing is lost, nothing stands twice, the end is the same."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Thread

import cv2
import numpy as np
import pandas as pd
import pytest

from hilum.images import Preprocess, Store, build_store
from hilum.images import store_ledger as ledger
from hilum.images.store import store_folder
from hilum.schema import DataError

SMALL = Preprocess(size=32)
COUNT = 300
BUILD = """
import sys, pandas as pd
from hilum.images import Preprocess, build_store, store_ledger
store_ledger.IMAGES_IN_A_COMMIT = 40
images, out, workers = sys.argv[1:]
build_store(pd.read_parquet(images), Preprocess(size=32), out, name="noise", workers=int(workers))
"""


@pytest.fixture
def many(tmp_path: Path) -> pd.DataFrame:
    noise = np.random.default_rng(0)
    folder = tmp_path / "images"
    folder.mkdir()
    paths = [folder / f"{number:04}.png" for number in range(COUNT)]
    for path in paths:
        cv2.imwrite(str(path), noise.integers(0, 256, (128, 128), np.uint8))
    paths[77].write_bytes(b"no image")
    return pd.DataFrame({"image_id": [path.stem for path in paths], "path": [str(path) for path in paths]})


def killed_at(share: float, images: Path, out: Path, workers: int) -> int:
    """Build in another process, kill it when this share of the pixels is written; how many images are committed."""
    place = store_folder(out, "noise", SMALL)
    builder = subprocess.Popen([sys.executable, "-c", BUILD, str(images), str(out), str(workers)])
    pixels = place / "pixels.u8"
    while not pixels.exists() or pixels.stat().st_size < share * COUNT * 32 * 32:
        assert builder.poll() is None, "built before it could be killed"
        time.sleep(0.001)
    builder.send_signal(signal.SIGKILL)
    assert builder.wait() == -signal.SIGKILL
    return len(pd.read_parquet(place / "index.parquet")) if (place / "index.parquet").exists() else 0


def test_killed_three_times_it_ends_as_if_undisturbed(many: pd.DataFrame, tmp_path: Path) -> None:
    whole = build_store(many, SMALL, tmp_path / "whole", name="noise", workers=0)
    table = tmp_path / "images.parquet"
    many.to_parquet(table)
    moments = sorted(random.Random(os.urandom(8)).uniform(0.02, 0.95) for _ in range(3))
    committed = [
        killed_at(moment, table, tmp_path / "killed", workers)
        for moment, workers in zip(moments, (0, 2, 0), strict=True)
    ]
    assert committed == sorted(committed)
    partial = Store.open(store_folder(tmp_path / "killed", "noise", SMALL)) if committed[-1] else None
    if partial is not None:
        assert (partial.pixels == whole.pixels[: len(partial)]).all()
    ended = build_store(many, SMALL, tmp_path / "killed", name="noise", workers=0)
    for name in ("pixels.u8", "index.parquet", "store.json"):
        assert (ended.folder / name).read_bytes() == (whole.folder / name).read_bytes(), (name, moments)
    assert sorted(path.name for path in ended.folder.iterdir()) == ["index.parquet", "pixels.u8", "store.json"]


def test_pixels_that_no_index_names_are_cut_off(many: pd.DataFrame, tmp_path: Path) -> None:
    images = many[:20]
    store = build_store(images[:10], SMALL, tmp_path, name="noise", workers=0)
    with (store.folder / "pixels.u8").open("ab") as pixels:
        pixels.write(b"x" * 5000)
    (store.folder / ".writing-index.parquet").write_bytes(b"half")
    ended = build_store(images, SMALL, tmp_path, name="noise", workers=0)
    whole = build_store(images, SMALL, tmp_path / "whole", name="noise", workers=0)
    assert (ended.folder / "pixels.u8").read_bytes() == (whole.folder / "pixels.u8").read_bytes()
    assert not list(ended.folder.glob(".*"))


def test_what_was_done_is_committed_when_the_builder_is_interrupted(
    many: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = ledger.Ledger.append

    def interrupted(self: ledger.Ledger, image_id: str, entry: dict) -> None:
        if image_id == "0007":
            raise KeyboardInterrupt
        append(self, image_id, entry)

    monkeypatch.setattr(ledger.Ledger, "append", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build_store(many[:20], SMALL, tmp_path, name="noise", workers=0)
    assert len(Store.open(store_folder(tmp_path, "noise", SMALL))) == 7


def test_a_full_disk_is_named_and_the_same_call_goes_on(
    many: pd.DataFrame, tmp_path: Path, full_disk: Callable[[int], AbstractContextManager[None]]
) -> None:
    first = build_store(many[:20], SMALL, tmp_path, name="noise", workers=0)
    size = (first.folder / "pixels.u8").stat().st_size
    with full_disk(size + 8000), pytest.raises(DataError, match=r"pixels\.u8: cannot be written: the disk is full"):
        build_store(many[:200], SMALL, tmp_path, name="noise", workers=0)
    assert len(Store.open(first.folder)) == 20
    ended = build_store(many[:200], SMALL, tmp_path, name="noise", workers=0)
    whole = build_store(many[:200], SMALL, tmp_path / "whole", name="noise", workers=0)
    assert (ended.folder / "pixels.u8").read_bytes() == (whole.folder / "pixels.u8").read_bytes()
    assert sorted(path.name for path in ended.folder.iterdir()) == ["index.parquet", "pixels.u8", "store.json"]


def test_a_store_is_not_begun_where_none_can_be(many: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="which is no folder"):
        build_store(many[:20], SMALL, tmp_path / "file", name="noise", workers=0)


def test_a_second_builder_waits_for_the_first(
    many: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = Thread(target=lambda: build_store(many[:20], SMALL, tmp_path, name="noise", workers=0))
    with ledger.locked(store_folder(tmp_path, "noise", SMALL)) as _:
        second.start()
        second.join(timeout=0.3)
        assert second.is_alive()
        assert not list(store_folder(tmp_path, "noise", SMALL).iterdir())
    second.join(timeout=60)
    assert "another process builds this store" in capsys.readouterr().err
    assert len(Store.open(store_folder(tmp_path, "noise", SMALL))) == 20
