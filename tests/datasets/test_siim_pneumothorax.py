"""SIIM-ACR Pneumothorax: several masks an image, -1 for none, and run lengths drawn as the challenge draws them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hilum.datasets import datasets
from hilum.datasets.siim_pneumothorax import decode_rle
from hilum.schema import DataError

Make = Callable[[str], Path]


def encoded(mask: np.ndarray) -> str:
    """An independent encoder: down the columns, skip and length by turns, pixel by pixel."""
    numbers, run, inside = [], 0, False
    for pixel in mask.T.ravel():
        if bool(pixel) != inside:
            numbers.append(run)
            run, inside = 0, bool(pixel)
        run += 1
    return " ".join(map(str, [*numbers, run][: 2 * ((len(numbers) + 1) // 2)])) or "-1"


def test_a_image_may_have_several_masks_or_none(owners_folder: Make) -> None:
    cohort = datasets["siim_pneumothorax"](owners_folder("siim_pneumothorax"))
    assert cohort.labels["Pneumothorax"].tolist() == [0, 1, 0]
    assert cohort.masks is not None
    assert cohort.masks.rle.tolist() == ["557374 2 1015 8 1009 14", "100 3"]
    assert cohort.masks.image_id.nunique() == 1
    assert cohort.images.path.notna().tolist() == [True, False, False]


def test_stage_two_is_preferred_and_gaps_are_refused(owners_folder: Make) -> None:
    root = owners_folder("siim_pneumothorax")
    (root / "stage_2_train.csv").write_text("ImageId,EncodedPixels\na.1,-1\na.2,5 2\n")
    assert len(datasets["siim_pneumothorax"](root)) == 2
    (root / "stage_2_train.csv").write_text("ImageId,EncodedPixels\na.1,\na.2,5 2\n")
    with pytest.raises(DataError, match="1 rows have no EncodedPixels"):
        datasets["siim_pneumothorax"](root)


def test_decoding_undoes_encoding() -> None:
    generator = np.random.default_rng(0)
    for height, width in ((4, 2), (7, 5), (16, 16)):
        mask = generator.random((height, width)) < 0.4
        assert np.array_equal(decode_rle(encoded(mask), height, width), mask)
    assert not decode_rle("-1", 4, 4).any()
    assert decode_rle("0 16", 4, 4).all()


def test_runs_are_relative_and_go_down_the_columns() -> None:
    mask = decode_rle("5 2 1 1", 4, 4)
    assert np.argwhere(mask.T).tolist() == [[1, 1], [1, 2], [2, 0]]


@pytest.mark.parametrize("rle", ["5 2 1", "10 20", "-3 4"])
def test_run_lengths_that_do_not_fit_are_refused(rle: str) -> None:
    with pytest.raises(DataError, match="do not fit 4 x 4"):
        decode_rle(rle, 4, 4)
