"""Masks from files and run lengths, and laid onto the square."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image as Picture

from hilum.images import Preprocess
from hilum.images.masks import on_square, read_mask, region, resized, sides
from hilum.schema import DataError, ImageError


def box(height: int, width: int, y: slice, x: slice) -> np.ndarray:
    mask = np.zeros((height, width), bool)
    mask[y, x] = True
    return mask


@pytest.mark.parametrize("suffix", ["png", "gif", "bmp", "tif"])
def test_files_of_every_format_that_owners_use(tmp_path: Path, suffix: str) -> None:
    mask = box(64, 80, slice(5, 20), slice(30, 60))
    Picture.fromarray(mask.astype(np.uint8) * 255).save(tmp_path / f"mask.{suffix}")
    assert np.array_equal(read_mask(tmp_path / f"mask.{suffix}"), mask)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "mask.gif").write_bytes(b"GIF89a")
    with pytest.raises(ImageError, match=r"mask\.gif: a damaged mask"):
        read_mask(tmp_path / "mask.gif")


def test_run_lengths_count_on_their_own_canvas_or_the_images() -> None:
    row = SimpleNamespace(rle="2 1", path=float("nan"))
    assert np.argwhere(region(row, 2, 3)).tolist() == [[0, 1]]
    row = SimpleNamespace(rle="2 1", rle_order="columns", height=float("nan"), width=float("nan"))
    assert np.argwhere(region(row, 2, 3)).tolist() == [[0, 1]]
    row = SimpleNamespace(rle="5 1", height=4.0, width=2.0)
    assert np.argwhere(region(row, 9, 9)).tolist() == [[2, 0]]


def test_a_mask_of_another_size_is_scaled_and_one_of_other_proportions_refused() -> None:
    mask = box(8, 8, slice(0, 4), slice(0, 8))
    assert np.array_equal(resized(mask, 4, 4, "a"), box(4, 4, slice(0, 2), slice(0, 4)))
    assert resized(mask, 16, 16, "a").sum() == pytest.approx(128, abs=16)
    with pytest.raises(DataError, match=r"a: a mask of 8 x 8 pixels for an image of 4 x 8"):
        resized(mask, 8, 4, "a")


def test_the_square_shows_a_mask_where_it_shows_the_image() -> None:
    mask = box(40, 80, slice(0, 40), slice(0, 40))
    padded = on_square(mask, Preprocess(size=32, fit="pad", equalize="histogram"))
    assert np.array_equal(padded, box(32, 32, slice(8, 24), slice(0, 16)))
    assert np.array_equal(on_square(mask, Preprocess(size=32)), box(32, 32, slice(0, 32), slice(0, 16)))


def test_the_right_lung_lies_left_and_small_parts_join_the_nearer_lung() -> None:
    both = box(20, 30, slice(2, 18), slice(2, 12)) | box(20, 30, slice(4, 18), slice(18, 28))
    both |= box(20, 30, slice(0, 1), slice(3, 5))
    found = sides(both)
    assert found is not None
    right, left = found
    assert right[:, :15].sum() == 16 * 10 + 2
    assert left.sum() == 14 * 10
    assert np.array_equal(right | left, both)


def test_lungs_that_are_no_two_have_no_sides() -> None:
    assert sides(np.zeros((9, 9), bool)) is None
    assert sides(box(9, 9, slice(1, 8), slice(1, 8))) is None
    assert sides(box(20, 20, slice(0, 20), slice(0, 9)) | box(20, 20, slice(0, 2), slice(15, 17))) is None
