from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from hilum.audit.patterns import cut
from hilum.audit.quality import FLAGS, MEASURES, RULES, flags, measure
from hilum.images import read_image


@pytest.fixture(scope="module")
def chests(phantom_images: list[Path]) -> list[np.ndarray]:
    return [read_image(path).pixels_8bit for path in phantom_images]


def flagged(images: list[np.ndarray]) -> pd.DataFrame:
    return flags(pd.DataFrame([measure(np.ascontiguousarray(image)) for image in images]))


def test_every_rule_reads_a_measure_and_every_flag_has_a_column(chests) -> None:
    assert {rule.measure for rule in RULES} <= set(MEASURES)
    assert tuple(flagged(chests[:1]).columns) == FLAGS
    assert len(FLAGS) >= 8


def test_drawn_chests_are_upright_and_frontal(chests) -> None:
    found = flagged(chests)
    assert (
        not found[["rotated", "inverted", "not_frontal", "low_contrast", "over_exposed", "under_exposed"]].any().any()
    )


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turned_chests_are_flagged_with_their_angle(chests, turns: int) -> None:
    measured = pd.DataFrame([measure(np.ascontiguousarray(np.rot90(image, turns))) for image in chests])
    assert (measured.turned_degrees == 90 * turns).mean() >= 0.9
    assert flags(measured).rotated.mean() >= 0.9
    assert not flags(measured).inverted.any()


def test_negatives_are_flagged(chests) -> None:
    found = flagged([255 - image for image in chests])
    assert found.inverted.mean() >= 0.9
    assert not found.rotated.any()


@pytest.mark.parametrize("side", ["top", "left", "right"])
def test_chests_without_a_side_fit_the_pattern_of_that_side(chests, side: str) -> None:
    whole = pd.DataFrame([measure(image) for image in chests])
    parts = pd.DataFrame([measure(np.ascontiguousarray(cut(image, side, 0.3))) for image in chests])
    assert (parts.cut > whole.cut + 0.2).mean() >= 0.9
    assert (parts.cut_side == side).mean() >= 0.9
    assert flags(parts).cropped.mean() > flags(whole).cropped.mean()


def test_a_picture_of_something_else_is_not_frontal() -> None:
    stripes = np.tile(np.uint8([40, 200]).repeat(8), (128, 8))
    assert flagged([stripes]).not_frontal.all()


def test_dark_bright_and_flat_images_are_flagged(chests) -> None:
    assert flagged([np.uint8(image * 0.3) for image in chests]).over_exposed.mean() >= 0.9
    assert flagged([np.uint8(248 - (248 - image * 0.9) * 0.25) for image in chests]).under_exposed.mean() >= 0.9
    assert flagged([np.uint8(100 + 0.15 * image) for image in chests]).low_contrast.all()


@pytest.mark.parametrize("value", [0, 255])
def test_a_wide_border_is_flagged(chests, value: int) -> None:
    framed = [cv2.copyMakeBorder(image, 30, 0, 30, 0, cv2.BORDER_CONSTANT, value=[value]) for image in chests]
    assert flagged(framed).border.all()


def test_a_blank_image_has_measures_and_low_contrast() -> None:
    found = measure(np.full((100, 100), 128, np.uint8))
    assert all(np.isfinite(found[name]) for name in MEASURES if name != "cut_side")
    assert flags(pd.DataFrame([found])).low_contrast.all()


def test_a_image_that_was_not_read_has_no_flag() -> None:
    assert not flags(pd.DataFrame([dict.fromkeys(MEASURES)])).any().any()


@pytest.mark.real
def test_real_images_turned_and_inverted(real_data: Path) -> None:
    """On images that the patterns were not fitted to; docs/explanation/quality.md has the figures of all of them."""
    paths = sorted((real_data / "lungs").glob("*/images/*.png"))[::12]
    images = [read_image(path).pixels_8bit for path in paths]
    assert len(images) >= 30
    assert not flagged(images)[["rotated", "inverted", "not_frontal"]].any().any()
    for turns in (1, 2, 3):
        assert flagged([np.rot90(image, turns) for image in images]).rotated.mean() >= 0.95
    assert flagged([255 - image for image in images]).inverted.mean() >= 0.95


@pytest.mark.real
def test_the_one_negative_on_the_quality_list_is_found(real_data: Path) -> None:
    (path,) = real_data.glob("nih/images_00*/images/00017625_000.png")
    assert flagged([read_image(path).pixels_8bit]).inverted.all()
