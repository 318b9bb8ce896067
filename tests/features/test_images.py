"""Sets that open images: what they measure, with masks and without, after a kill, and of what cannot be measured."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from skimage.measure import label

from hilum.engine import parts as kept
from hilum.features import by_image as engine
from hilum.features import extract
from hilum.features.controls import masks_of_others, under_control
from hilum.features.hog import gradients
from hilum.features.lbp import patterns
from hilum.features.lungs import draw_lungs, masks_of
from hilum.features.zones import ZONES, atlas, grid_of, zones_of
from hilum.schema import Cohort, DataError, Features

SIZE = 64


def ellipse(x: float, wide: float = 9, size: int = SIZE) -> np.ndarray:
    mask = np.zeros((size, size), np.uint8)
    cv2.ellipse(mask, (int(x), size // 2), (int(wide), size // 3), 0, 0, 360, 255, -1)
    return mask


@pytest.fixture
def chests(tmp_path: Path) -> Cohort:
    """Six images of five patients with both lungs: darker than all else, darker still as numbers rise."""
    draw = np.random.default_rng(0)
    images, masks = [], []
    for number in range(6):
        pixels = draw.normal(170, 4, (SIZE, SIZE))
        for side, x in (("right lung", 18), ("left_lung", 46)):
            mask = ellipse(x)
            pixels[mask > 0] -= 60 + 10 * number
            path = tmp_path / f"{number}_{side}.png"
            cv2.imwrite(str(path), mask)
            masks.append({"image_id": f"c{number}", "structure": side, "path": str(path)})
        cv2.imwrite(str(tmp_path / f"c{number}.png"), pixels.clip(0, 255).astype(np.uint8))
        images.append(
            {"image_id": f"c{number}", "patient_id": f"p{number // 2}", "path": str(tmp_path / f"c{number}.png")}
        )
    return Cohort("chests", pd.DataFrame(images), masks=pd.DataFrame(masks))


def test_brightness_is_that_of_the_lungs_where_zones_are_lungs(chests: Cohort) -> None:
    values = extract(chests, ["gray"], {"gray": {"zones": "lungs", "statistics": ("mean",), "size": SIZE}}).table
    inner = values.gray_left_middle_mean.to_numpy() * 255
    np.testing.assert_allclose(inner, [170 - 60 - 10 * number for number in range(6)], atol=2)
    grid = extract(chests, ["gray"], {"gray": {"statistics": ("mean",), "size": SIZE}}).table
    assert (grid.gray_left_middle_mean > values.gray_left_middle_mean).all()


def test_columns_say_their_units_and_travel_in_the_file(chests: Cohort, tmp_path: Path) -> None:
    features = extract(chests, ["gray", "lung_shape", "lbp", "hog"], {"gray": {"zones": "lungs"}, "hog": {"size": 32}})
    assert set(features.about) == set(features.names)
    assert features.about["gray_image_entropy"].unit == "bits"
    assert features.about["shape_left_tilt"].unit == "degrees"
    features.save(tmp_path / "f.parquet")
    again = Features.load(tmp_path / "f.parquet")
    assert again.about == features.about
    assert again.table.equals(features.table)
    assert not features.table.isna().any().any()


def test_shape_of_an_ellipse(chests: Cohort) -> None:
    values = extract(chests, ["lung_shape"]).table.iloc[0]
    mask = ellipse(46) > 0
    assert values.shape_left_area == pytest.approx(mask.mean())
    assert values.shape_left_height == pytest.approx(mask.any(axis=1).sum() / SIZE)
    assert values.shape_area_ratio == pytest.approx(1.0, abs=0.02)
    assert values.shape_left_solidity > 0.9
    assert values.shape_left_extent == pytest.approx(np.pi / 4, abs=0.05)  # of an ellipse in its box


def test_lbp_of_flat_ground_a_spot_and_noise() -> None:
    flat = engine.View(np.full((SIZE, SIZE), 90, np.uint8), None, None)
    found = patterns(flat, (1,))
    assert found["lbp_r1_left_upper_8"] == 1.0
    noise = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE), np.uint8)
    found = patterns(engine.View(noise, None, None), (1, 2))
    for radius in (1, 2):
        for zone in ZONES:
            assert sum(found[f"lbp_r{radius}_{zone}_{code}"] for code in range(10)) == pytest.approx(1.0)
    inside = grid_of(SIZE)["left_upper"]
    spot = np.full((SIZE, SIZE), 90, np.uint8)
    spot[np.argwhere(inside)[inside.sum() // 2][0], 48] = 200
    assert patterns(engine.View(spot, None, None), (1,))["lbp_r1_left_upper_0"] == pytest.approx(1 / inside.sum())


def test_hog_of_upright_edges_points_across() -> None:
    stripes = np.tile(np.repeat(np.array([0, 255], np.uint8), 8), (SIZE, 4))
    values = np.array(list(gradients(engine.View(stripes, None, None), 4, 1, 9).values())).reshape(-1, 9)
    assert (values.argmax(axis=1) == 0).all()
    assert values.shape == (16, 9)


def test_left_is_the_patients_left() -> None:
    zones = zones_of(atlas(SIZE))
    assert list(zones) == list(ZONES)
    for found in (zones, grid_of(SIZE)):
        left, right = (np.flatnonzero(found[f"{side}_middle"].any(axis=0)).mean() for side in ("left", "right"))
        assert left > right  # on the right of the image
    assert sum(zone.sum() for zone in zones.values()) == atlas(SIZE).both.sum()


def rows(**masks: np.ndarray) -> Callable[[Path], list[dict[str, object]]]:
    def write(folder: Path) -> list[dict[str, object]]:
        for name, mask in masks.items():
            cv2.imwrite(str(folder / f"{name}.png"), mask)
        return [
            {"structure": name.replace("_", " "), "path": str(folder / f"{name}.png"), "rle": None} for name in masks
        ]

    return write


@pytest.mark.parametrize(
    ("masks", "words"),
    [
        (rows(left_lung=ellipse(46), right_lung=ellipse(46) * 0), "Only the left lung was found"),
        (rows(left_lung=ellipse(46)), "Expected a left and a right lung"),
        (rows(left_lung=ellipse(18), right_lung=ellipse(46)), "mirrored"),
        (rows(left_lung=ellipse(35), right_lung=ellipse(30)), "overlap"),
        (
            rows(left_lung=ellipse(46).repeat(2, 0), right_lung=ellipse(18).repeat(2, 0)),
            "64 x 128 pixels for an image of 64 x 64",
        ),
        (rows(lungs=np.full((SIZE, SIZE), 255, np.uint8)), "does not fall into two"),
        (lambda folder: [], "Masks of nothing"),
    ],
)
def test_what_cannot_be_lungs_is_refused(masks: Callable[[Path], list], words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=words):
        draw_lungs(masks(tmp_path), SIZE, SIZE)


def test_both_lungs_in_one_mask_are_cut_in_the_middle_and_small_masks_grow(tmp_path: Path) -> None:
    both = ellipse(46) | ellipse(18)
    lungs = draw_lungs(rows(lungs=both)(tmp_path), SIZE, SIZE)
    assert (lungs.left == (ellipse(46) > 0)).all()
    assert (lungs.right == (ellipse(18) > 0)).all()
    large = draw_lungs(rows(lungs=both)(tmp_path), 2 * SIZE, 2 * SIZE)
    assert large.both.mean() == pytest.approx(lungs.both.mean())
    assert label(large.left).max() == 1


def test_an_image_without_plausible_lungs_has_no_values_and_says_why(chests: Cohort) -> None:
    assert chests.masks is not None
    images = chests.images.copy()
    images.loc[5, "path"] = None
    broken = replace(chests, images=images, masks=chests.masks[chests.masks.image_id != "c1"])
    features = extract(broken, ["lbp"], {"lbp": {"zones": "lungs", "size": SIZE, "radii": (1,)}})
    assert features.table.set_index("image_id").isna().all(axis=1).tolist() == [False, True, False, False, False, True]
    assert set(features.failures) == {"c1", "c5"}
    with pytest.raises(DataError, match="no lung masks"):
        extract(replace(chests, masks=None), ["lung_shape"])


def test_what_was_done_is_not_done_again_and_ends_the_same(
    chests: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "ROWS_IN_A_PART", 2)
    whole = extract(chests, ["gray"], {"gray": {"size": SIZE}})
    done: list[str] = []
    before = engine.measured

    def until_the_fourth(row: dict, **how: object) -> dict:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(row["image_id"])
        return before(row, **how)

    monkeypatch.setattr(engine, "measured", until_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        extract(chests, ["gray"], {"gray": {"size": SIZE}}, work=tmp_path)
    done.clear()
    monkeypatch.setattr(engine, "measured", lambda row, **how: done.append(row["image_id"]) or before(row, **how))
    again = extract(chests, ["gray"], {"gray": {"size": SIZE}}, work=tmp_path)
    assert done == ["c2", "c3", "c4", "c5"]  # the third was not in a whole part yet
    pd.testing.assert_frame_equal(again.table, whole.table)
    changed = extract(chests, ["gray"], {"gray": {"size": 32}}, work=tmp_path)
    assert not changed.table.equals(whole.table)


def test_controls_hide_what_they_say(chests: Cohort) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE), np.uint8)
    lungs = (ellipse(46) | ellipse(18)) > 0
    removed = under_control(pixels, lungs, "lungs_removed")
    assert len(np.unique(removed[lungs])) == 1
    assert (removed[:4] == pixels[:4]).all()
    only = under_control(pixels, lungs, "lungs_only")
    assert (only[lungs] == pixels[lungs]).all()
    assert len(np.unique(only[~lungs])) == 1
    border = under_control(pixels, None, "border")
    assert (border[:6] == pixels[:6]).all()
    assert len(np.unique(border[6:-6, 6:-6])) == 1
    assert len(np.unique(under_control(pixels, lungs, "brightness"))) == 1
    assert under_control(pixels, None, "none") is pixels


def test_the_mask_of_another_patient_is_another_patients(chests: Cohort) -> None:
    own, others = masks_of(chests), masks_of_others(chests)
    assert set(others) == set(own)
    for image_id, held in others.items():
        (other,) = [name for name, mine in own.items() if mine == held]
        assert int(other[1]) // 2 != int(image_id[1]) // 2


def test_lung_map_is_the_share_of_each_cell(chests: Cohort) -> None:
    cells = extract(chests, ["lung_map"], {"lung_map": {"side": 8}}).table.iloc[0, 1:].to_numpy(float).reshape(8, 8)
    mask = (ellipse(46) | ellipse(18)) > 0
    np.testing.assert_allclose(cells, mask.reshape(8, 8, 8, 8).mean(axis=(1, 3)), atol=0.01)
    drawn = extract(chests, ["lung_map"], {"lung_map": {"side": 8, "lungs": "atlas"}}).table.iloc[0, 1:]
    assert 0.1 < drawn.mean() < 0.5


def test_stored_columns_come_back_by_id(chests: Cohort, tmp_path: Path) -> None:
    Features(pd.DataFrame({"image_id": ["c3", "c0"], "a": [3.0, 0.0]})).save(tmp_path / "a.parquet")
    Features(pd.DataFrame({"image_id": ["c0", "c3"], "b": [0.5, 3.5]})).save(tmp_path / "b.parquet")
    both = extract(chests, ["stored"], {"stored": {"path": (str(tmp_path / "a.parquet"), str(tmp_path / "b.parquet"))}})
    assert both.table.image_id.tolist() == chests.images.image_id.tolist()
    assert both.table.iloc[3].tolist() == ["c3", 3.0, 3.5]
    assert both.table.a.isna().sum() == 4
    Features(pd.DataFrame({"image_id": ["z"], "a": [1.0]})).save(tmp_path / "z.parquet")
    with pytest.raises(DataError, match="holds none of the 6 images"):
        extract(chests, ["stored"], {"stored": {"path": str(tmp_path / "z.parquet")}})
    Features(pd.DataFrame({"image_id": ["c0"], "a": [1.0], "b": [1.0]})).save(tmp_path / "two.parquet")
    with pytest.raises(DataError, match=r"2 columns.*the cells of a square"):
        extract(chests, ["attention"], {"attention": {"path": str(tmp_path / "two.parquet")}})
