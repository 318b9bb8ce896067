"""Stores: built once, found again, the same bytes whoever builds them."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from hilum.images import Preprocess, Store, build_store, read_image
from hilum.schema import DataError

SMALL = Preprocess(size=32)


@pytest.fixture
def films(tmp_path: Path) -> pd.DataFrame:
    """Twelve noise films of 96 x 80, and one file that is none."""
    noise = np.random.default_rng(0)
    paths = [tmp_path / f"{number:02}.png" for number in range(12)]
    for path in paths:
        cv2.imwrite(str(path), noise.integers(0, 256, (96, 80), np.uint8))
    paths.append(tmp_path / "broken.png")
    paths[-1].write_bytes(b"no film")
    return pd.DataFrame({"image_id": [path.stem for path in paths], "path": [str(path) for path in paths]})


def test_a_store_holds_what_shrink_gives(films: pd.DataFrame, tmp_path: Path) -> None:
    store = build_store(films, SMALL, tmp_path / "stores", name="noise", workers=0)
    rows = store.rows(films.image_id)
    assert rows.tolist() == [*range(12), -1]
    for path, pixels in zip(films.path[:12], store.gather(rows[:12]), strict=True):
        assert (pixels == SMALL.shrink(read_image(path).pixels)).all()
    assert store.failures.image_id.tolist() == ["broken"]
    assert "Expected DICOM, PNG or JPEG" in store.failures.failure[0]


def test_processes_write_the_same_bytes(films: pd.DataFrame, tmp_path: Path) -> None:
    one = build_store(films, SMALL, tmp_path / "one", name="noise", workers=0)
    two = build_store(films, SMALL, tmp_path / "two", name="noise", workers=2)
    for name in ("pixels.u8", "index.parquet", "store.json"):
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes(), name


def test_rows_in_any_order_are_gathered(films: pd.DataFrame, tmp_path: Path) -> None:
    store = build_store(films, SMALL, tmp_path, name="noise", workers=0)
    assert (store.gather(np.array([3, 0, 3])) == store.pixels[[3, 0, 3]]).all()
    with pytest.raises(DataError, match="rows -1"):
        store.gather(np.array([-1]))
    assert (Store.open(store.folder).pixels == store.pixels).all()
