"""SIIM-ACR Pneumothorax: several masks an image, -1 for none, and run lengths drawn as the challenge draws them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hilum.audit.tables import table_issues
from hilum.datasets import datasets
from hilum.schema import DataError
from hilum.schema.run_lengths import decode_runs

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
    assert cohort.boxes is not None
    assert cohort.boxes.table.rle.tolist() == cohort.masks.rle.tolist()
    assert cohort.boxes.table.rle_order.unique().tolist() == ["columns"]
    assert cohort.masks.image_id.nunique() == 1
    assert cohort.images.path.notna().tolist() == [True, False, False]


def test_run_lengths_are_masks_for_the_audit(owners_folder: Make) -> None:
    cohort = datasets["siim_pneumothorax"](owners_folder("siim_pneumothorax"))
    codes = {issue.code: issue for issue in table_issues(cohort)}
    assert "masks_gone" not in codes
    assert not [code for code, issue in codes.items() if issue.severity == "error"]
    assert cohort.masks is not None
    alone = replace(cohort, masks=cohort.masks.drop(columns="path"))
    assert "masks_gone" not in {issue.code for issue in table_issues(alone)}
    emptied = replace(cohort, masks=cohort.masks.assign(rle=[np.nan, "100 3"]))
    gone = {issue.code: issue.count for issue in table_issues(emptied)}
    assert gone["masks_gone"] == 1
    with pytest.raises(DataError, match="masks lack path"):
        replace(cohort, masks=cohort.masks.drop(columns=["path", "rle"]))


def test_the_copy_as_png_has_drawn_masks_and_stage_ones_split(tmp_path: Path) -> None:
    root = tmp_path / "copy" / "siim-acr-pneumothorax"
    (root / "png_images").mkdir(parents=True)
    (root / "png_masks").mkdir()
    for name in ("0_train_0_", "1_train_1_", "0_test_1_"):
        (root / "png_images" / f"{name}.png").touch()
        (root / "png_masks" / f"{name}.png").touch()
    (root / "stage_1_train_images.csv").write_text(
        "new_filename,ImageId,has_pneumo\n0_train_0_.png,1.2.3.5,0\n1_train_1_.png,1.2.3.6,1\n2_train_1_.png,1.2.3.7,1\n"
    )
    (root / "stage_1_test_images.csv").write_text("new_filename,ImageId,has_pneumo\n0_test_1_.png,1.2.3.8,1\n")
    for place in (root, root.parent):
        cohort = datasets["siim_pneumothorax"](place)
        assert cohort.images.image_id.tolist() == ["1.2.3.5", "1.2.3.6", "1.2.3.7", "1.2.3.8"]
        assert cohort.labels["Pneumothorax"].tolist() == [0, 1, 1, 1]
        assert cohort.images.split.tolist() == ["train", "train", "train", "test"]
        assert cohort.images.path.notna().tolist() == [True, True, False, True]
        assert cohort.masks is not None
        assert cohort.masks.image_id.tolist() == ["1.2.3.6", "1.2.3.8"]
        assert all(Path(path).parent.name == "png_masks" for path in cohort.masks.path)
        assert "2 masks of 3 images with pneumothorax are there." in cohort.notes


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
        assert np.array_equal(decode_runs(encoded(mask), height, width, "columns"), mask)
    assert not decode_runs("-1", 4, 4, "columns").any()
    assert decode_runs("0 16", 4, 4, "columns").all()


def test_runs_are_relative_and_go_down_the_columns() -> None:
    mask = decode_runs("5 2 1 1", 4, 4, "columns")
    assert np.argwhere(mask.T).tolist() == [[1, 1], [1, 2], [2, 0]]


@pytest.mark.parametrize("rle", ["5 2 1", "10 20", "-3 4", "99999999999999999999 1"])
def test_run_lengths_that_do_not_fit_are_refused(rle: str) -> None:
    with pytest.raises(DataError, match=r"do not fit 4 x 4|are no numbers"):
        decode_runs(rle, 4, 4, "columns")


def test_words_are_no_run_lengths() -> None:
    with pytest.raises(DataError, match="'five 2' are no numbers"):
        decode_runs("five 2", 4, 4, "columns")
