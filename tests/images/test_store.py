"""Stores: built once, found again, the same bytes whoever builds them; and what is refused."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hilum.images import Preprocess, Store, build_store, read_image
from hilum.images.store import store_folder
from hilum.schema import DataError, ImageError

SMALL = Preprocess(size=32)
FILES = ("pixels.u8", "index.parquet", "store.json")


@pytest.fixture
def store(images: pd.DataFrame, tmp_path: Path) -> Store:
    return build_store(images, SMALL, tmp_path / "stores", name="noise", workers=0)


def test_a_store_holds_what_shrink_gives(store: Store, images: pd.DataFrame) -> None:
    rows = store.rows(images.image_id)
    assert rows.tolist() == [0, 1, 2, 3, 4, -1, 5, 6, 7, 8, 9, 10, 11]
    good = images[rows >= 0]
    for path, pixels in zip(good.path, store.gather(rows[rows >= 0]), strict=True):
        assert (pixels == SMALL.shrink(read_image(path).pixels)).all()
    assert store.pixels.shape == (12, 32, 32) == (len(store), 32, 32)
    assert store.folder.name == f"noise-{SMALL.hash}"


def test_the_index_says_what_became_of_each_image(store: Store, images: pd.DataFrame) -> None:
    index = store.index.set_index("image_id")
    assert index.index.tolist() == images.image_id.tolist()
    assert store.failures.image_id.tolist() == ["broken"]
    assert "Expected DICOM, PNG or JPEG" in store.failures.failure[0]
    assert index.failure.drop("broken").isna().all()
    assert (index.width.drop("broken") == 80).all()
    assert (index.height.drop("broken") == 96).all()
    assert index.sha256.drop("broken").str.fullmatch("[0-9a-f]{64}").all()
    assert index.sha256.nunique() == 12


def test_processes_write_the_same_bytes(store: Store, images: pd.DataFrame, tmp_path: Path) -> None:
    other = build_store(images, SMALL, tmp_path / "other", name="noise", workers=2)
    for name in FILES:
        assert (store.folder / name).read_bytes() == (other.folder / name).read_bytes(), name


def test_channels_and_normalization_share_a_store(store: Store, images: pd.DataFrame, tmp_path: Path) -> None:
    written = (store.folder / "pixels.u8").stat().st_mtime_ns
    color = Preprocess(size=32, channels=3, normalize="imagenet")
    assert build_store(images, color, tmp_path / "stores", name="noise", workers=0).folder == store.folder
    assert (store.folder / "pixels.u8").stat().st_mtime_ns == written


def test_rows_in_any_order_are_gathered(store: Store) -> None:
    assert (store.gather(np.array([3, 0, 3])) == store.pixels[[3, 0, 3]]).all()
    assert store.gather(np.array([], int)).shape == (0, 32, 32)
    for outside in (-1, 12):
        with pytest.raises(DataError, match=f"rows {outside} were asked for. Expected 0 to 11"):
            store.gather(np.array([0, outside]))
    assert store.rows(["07", "nobody", "00"]).tolist() == [7, -1, 0]
    assert (Store.open(str(store.folder)).pixels == store.pixels).all()


def test_further_images_are_appended(images: pd.DataFrame, tmp_path: Path, store: Store) -> None:
    first = build_store(images[:4], SMALL, tmp_path / "grown", name="noise", workers=0)
    assert len(first) == 4
    grown = build_store(images[::-1], SMALL, tmp_path / "grown", name="noise", workers=0)
    assert len(grown) == 12
    ids = images.image_id[images.image_id != "broken"]
    assert (grown.gather(grown.rows(ids)) == store.gather(store.rows(ids))).all()
    assert len(build_store(images[:2], SMALL, tmp_path / "grown", name="noise", workers=0)) == 12


def test_a_failed_image_is_tried_again_when_its_file_changes(
    store: Store, images: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "images" / "broken.png").write_bytes((tmp_path / "images" / "00.png").read_bytes())
    mended = build_store(images, SMALL, tmp_path / "stores", name="noise", workers=0)
    assert mended.rows(["broken"]).tolist() == [12]
    assert (mended.pixels[12] == mended.pixels[0]).all()
    assert len(mended.failures) == 0
    assert len(mended.index) == 13


def test_images_without_a_file_are_kept_as_failures_and_read_when_they_come(
    images: pd.DataFrame, tmp_path: Path
) -> None:
    absent = images.assign(path=images.path.where(images.image_id != "03"))
    store = build_store(absent, SMALL, tmp_path / "stores", name="noise", workers=0)
    assert store.failures.image_id.tolist() == ["03", "broken"]
    assert "no file is known" in store.failures.failure[0]
    assert build_store(images, SMALL, tmp_path / "stores", name="noise", workers=0).rows(["03"]).tolist() == [11]


def test_a_image_that_changed_is_not_mistaken_for_the_old_one(
    store: Store, images: pd.DataFrame, tmp_path: Path
) -> None:
    def again() -> Store:
        return build_store(images, SMALL, tmp_path / "stores", name="noise", workers=0)

    first = tmp_path / "images" / "00.png"
    os.utime(first, ns=(1, 1))  # another date, the same image
    assert (again().pixels == store.pixels).all()
    content = first.read_bytes()
    first.unlink()  # gone: what was read from it stays
    assert (again().pixels == store.pixels).all()
    first.write_bytes((tmp_path / "images" / "01.png").read_bytes())
    with pytest.raises(DataError, match=r"1 images have changed .*: 00\. Expected the same files; delete"):
        again()
    first.write_bytes(content)
    assert (again().pixels == store.pixels).all()


def test_the_store_of_another_preprocess_is_refused(store: Store, images: pd.DataFrame, tmp_path: Path) -> None:
    other = Preprocess(size=48, fit="pad")
    store.folder.rename(store_folder(tmp_path / "stores", "noise", other))
    with pytest.raises(DataError, match="size 32 instead of 48, fit squash instead of pad"):
        build_store(images, other, tmp_path / "stores", name="noise", workers=0)


def test_ids_that_stand_twice_are_refused(images: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="stand twice: 00"):
        build_store(pd.concat([images, images[:1]]), SMALL, tmp_path, name="noise", workers=0)
    with pytest.raises(DataError, match="path is missing"):
        build_store(images[["image_id"]], SMALL, tmp_path, name="noise", workers=0)


def test_a_broken_store_is_refused(store: Store, images: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no store"):
        Store.open(tmp_path)
    with (store.folder / "pixels.u8").open("r+b") as pixels:
        pixels.truncate(5000)
    with pytest.raises(DataError, match=r"5,000 bytes for 12 images\. Expected 12,288"):
        Store.open(store.folder)
    with pytest.raises(DataError, match="shorter than"):
        build_store(images[::-1].assign(image_id="new" + images.image_id), SMALL, tmp_path / "stores", name="noise")
    (store.folder / "index.parquet").write_bytes(b"")
    with pytest.raises(DataError, match="a broken store"):
        Store.open(store.folder)
    (store.folder / "store.json").write_text(json.dumps({"version": 99}))
    with pytest.raises(DataError, match="not a store of version 1"):
        Store.open(store.folder)


def test_a_store_of_nothing_readable(tmp_path: Path) -> None:
    images = pd.DataFrame({"image_id": ["a"], "path": [str(tmp_path / "a.png")]})
    store = build_store(images, SMALL, tmp_path, name="none", workers=0)
    assert len(store) == 0
    assert store.pixels.shape == (0, 32, 32)
    assert "No such file" in store.failures.failure[0]


def test_images_in_an_object_store_are_read_by_their_address(
    store: Store, images: pd.DataFrame, tmp_path: Path
) -> None:
    remote = images.assign(path="file://" + images.path)
    built = build_store(remote, SMALL, tmp_path / "remote", name="noise", workers=0)
    assert (built.pixels == store.pixels).all()
    assert built.failures.image_id.tolist() == ["broken"]
    (tmp_path / "images" / "broken.png").write_bytes((tmp_path / "images" / "00.png").read_bytes())
    assert build_store(remote, SMALL, tmp_path / "remote", name="noise", workers=0).rows(["broken"]).tolist() == [12]
    with pytest.raises(ImageError, match=r"nosuch://bucket/a\.png: Unrecognized filesystem type"):
        read_image("nosuch://bucket/a.png")
