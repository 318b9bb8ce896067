"""Masks: listed, opened, measured against their image."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image as Pillow

from hilum.audit import check
from hilum.audit.issue import Audit
from hilum.audit.masks import look_at_mask
from hilum.schema import Cohort

IDS = ["a", "b", "c"]


@pytest.fixture
def disk() -> np.ndarray:
    """A filled circle, 64 pixels high and 96 wide."""
    return cv2.circle(np.zeros((64, 96), np.uint8), (40, 30), 20, 255, -1)


def cohort(folder: Path, masks: pd.DataFrame, **columns: object) -> Cohort:
    """Three images of noise, 128 high and 192 wide, and these masks."""
    for number, name in enumerate(IDS):
        cv2.imwrite(str(folder / f"{name}.png"), np.random.default_rng(number).integers(0, 255, (128, 192), np.uint8))
    paths = [str(folder / f"{name}.png") for name in IDS]
    images = pd.DataFrame({"image_id": IDS, "patient_id": IDS, "path": paths, **columns})
    return Cohort("some", images, masks=masks)


def masks(*rows: tuple[str, object, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["image_id", "path", "rle"]).assign(structure="lungs")


def audit(held: Cohort, **options: bool) -> Audit:
    return check([held], workers=0, **options)


def codes(found: Audit) -> dict[str, int]:
    return {issue.code: issue.count for issue in found.issues if issue.code.startswith("masks")}


def test_masks_that_are_not_there_and_images_without(tmp_path: Path, disk: np.ndarray) -> None:
    cv2.imwrite(str(tmp_path / "m.png"), disk)
    found = audit(cohort(tmp_path, masks(("a", tmp_path / "m.png", None), ("b", tmp_path / "none.png", None))))
    assert codes(found) == {"masks_gone": 1, "masks_none": 1, "masks_scaled": 1}
    assert found.of("masks_gone")[0].examples[0]["image_id"] == "b"
    assert found.of("masks_none")[0].examples == ({"image_id": "c"},)
    assert found.exit_code == 1


def test_run_lengths_need_no_file(tmp_path: Path) -> None:
    rows = masks(("a", None, "5 2 3 1"), ("b", None, "-1"), ("c", np.nan, "0 24576"))
    assert codes(audit(cohort(tmp_path, rows, width=192, height=128))) == {}
    without_path = rows.drop(columns="path").assign(path=np.nan)
    assert codes(audit(cohort(tmp_path, without_path))) == {}


def test_run_lengths_that_draw_nothing_are_an_error(tmp_path: Path) -> None:
    rows = masks(("a", None, "5 2 3"), ("b", None, "five 2"), ("c", None, "0 24577"))
    found = audit(cohort(tmp_path, rows, width=192, height=128), pixels=False)
    assert codes(found) == {"masks_broken": 3}
    assert "'5 2 3' is not made of pairs" in found.of("masks_broken")[0].examples[0]["failure"]
    assert "more pixels than the image has" in found.of("masks_broken")[0].examples[2]["failure"]


def test_a_mask_without_file_and_run_lengths_is_missing(tmp_path: Path) -> None:
    assert codes(audit(cohort(tmp_path, masks(("a", None, None), ("b", None, "1 2"), ("c", None, "1 2"))))) == {
        "masks_gone": 1
    }


def test_broken_masks_are_an_error(tmp_path: Path, disk: np.ndarray) -> None:
    whole = cv2.imencode(".png", disk)[1].tobytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    Pillow.fromarray(disk).save(tmp_path / "cut.gif")
    (tmp_path / "cut.gif").write_bytes((tmp_path / "cut.gif").read_bytes()[:60])
    (tmp_path / "word.png").write_bytes(b"no picture")
    files = ["cut.png", "cut.gif", "word.png"]
    rows = masks(*((name, tmp_path / file, None) for name, file in zip(IDS, files, strict=True)))
    found = audit(cohort(tmp_path, rows))
    (issue,) = found.of("masks_broken")
    assert (issue.severity, issue.count) == ("error", 3)
    assert [row["failure"].split(":")[0].rsplit("/")[-1] for row in issue.examples] == [
        "cut.png",
        "cut.gif",
        "word.png",
    ]
    assert not audit(cohort(tmp_path, rows), pixels=False).of("masks_broken")


def test_sizes_are_those_of_the_images_file(tmp_path: Path, disk: np.ndarray) -> None:
    cv2.imwrite(str(tmp_path / "half.png"), disk)
    cv2.imwrite(str(tmp_path / "same.png"), cv2.resize(disk, (192, 128)))
    cv2.imwrite(str(tmp_path / "turned.png"), disk.T)
    files = ("half.png", "same.png", "turned.png")
    rows = masks(*((name, tmp_path / file, None) for name, file in zip(IDS, files, strict=True)))
    found = audit(cohort(tmp_path, rows, width=384, height=256))
    assert codes(found) == {"masks_size_wrong": 1, "masks_scaled": 1}
    (wrong,), (scaled,) = found.of("masks_size_wrong"), found.of("masks_scaled")
    assert (wrong.severity, wrong.examples[0]["image_id"], wrong.examples[0]["image_width"]) == ("error", "c", 192)
    assert (scaled.severity, scaled.examples[0]["image_id"]) == ("note", "a")


def test_without_the_images_file_the_tables_size_counts(tmp_path: Path, disk: np.ndarray) -> None:
    cv2.imwrite(str(tmp_path / "turned.png"), disk.T)
    held = cohort(tmp_path, masks(("a", tmp_path / "turned.png", None)), width=384, height=256)
    found = audit(Cohort("some", held.images.assign(path=None), masks=held.masks))
    assert found.of("masks_size_wrong")[0].count == 1


def test_empty_masks_and_formats_of_masks(tmp_path: Path, disk: np.ndarray) -> None:
    for kind in ("gif", "bmp", "tif", "png"):
        Pillow.fromarray(disk).save(tmp_path / f"m.{kind}")
        assert look_at_mask({"path": str(tmp_path / f"m.{kind}")}) == {"width": 96, "height": 64, "empty": False}
    cv2.imwrite(str(tmp_path / "none.png"), np.zeros((128, 192), np.uint8))
    found = audit(cohort(tmp_path, masks(("a", tmp_path / "none.png", None), ("b", tmp_path / "m.gif", None))))
    assert found.of("masks_empty")[0].examples[0]["image_id"] == "a"
    assert found.of("masks_empty")[0].count == 1


@pytest.mark.real
def test_real_masks_are_read_and_fit(real_data: Path) -> None:
    from hilum.datasets import datasets

    held = datasets["montgomery"](real_data / "lungs" / "montgomery")
    found = check([held.take(np.arange(4), "Four.")], workers=0)
    assert held.masks is not None
    assert len(held.masks)
    assert not {"masks_broken", "masks_size_wrong", "masks_gone", "masks_empty"} & set(codes(found))
