"""Preprocess: what it does to pixels, and that its hash says so."""

import cv2
import numpy as np
import pytest
import torch
from pydantic import ValidationError

from hilum.images import Preprocess
from hilum.schema import DataError


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (300, 200), np.uint8)


def test_eight_bits_and_floats_give_the_same_bytes(image: np.ndarray) -> None:
    pixels = image.astype(np.float32) / np.float32(255)
    for equalize in ("none", "histogram", "clahe"):
        way = Preprocess(size=64, equalize=equalize, center_crop=0.9)
        assert (way.shrink(image) == way.shrink(pixels)).all()


def test_shrinking_averages_over_areas() -> None:
    image = np.kron(np.random.default_rng(0).integers(0, 256, (32, 32), np.uint8), np.ones((4, 4), np.uint8))
    assert (Preprocess(size=32).shrink(image) == image[::4, ::4]).all()
    lines = np.zeros((128, 128), np.uint8)
    lines[:, ::4] = 200  # a line in every fourth column is a quarter of its brightness everywhere, not a pattern
    assert (Preprocess(size=32).shrink(lines) == 50).all()


def test_center_crop_keeps_the_middle(image: np.ndarray) -> None:
    assert (
        Preprocess(size=64, center_crop=0.5).shrink(image) == Preprocess(size=64).shrink(image[75:225, 50:150])
    ).all()


def test_pad_keeps_the_shape_and_squash_does_not() -> None:
    image = np.full((300, 200), 255, np.uint8)
    padded = Preprocess(size=60, fit="pad").shrink(image)
    assert (padded[:, 10:50] == 255).all()
    assert not padded[:, :10].any()
    assert not padded[:, 50:].any()
    assert (Preprocess(size=60).shrink(image) == 255).all()


@pytest.mark.parametrize(("shape", "cut"), [((300, 200), np.s_[50:250, :]), ((200, 301), np.s_[:, 50:250])])
def test_crop_is_the_largest_square_of_the_middle(shape: tuple[int, int], cut: tuple[slice, slice]) -> None:
    image = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    assert (Preprocess(size=60, fit="crop").shrink(image) == Preprocess(size=60).shrink(image[cut])).all()


def test_a_small_image_is_enlarged_smoothly() -> None:
    image = np.tile(np.array([0, 200], np.uint8).repeat(32), (64, 1))
    row = Preprocess(size=256).shrink(image)[0]
    assert (np.diff(row.astype(int)) >= 0).all()
    assert len(np.unique(row)) > 3


def test_histogram_equalization_makes_gray_values_equally_frequent() -> None:
    dark = (np.random.default_rng(0).random((256, 256)) ** 3 * 255).astype(np.uint8)
    ranked = np.sort(Preprocess(size=256, equalize="histogram").shrink(dark).ravel())
    np.testing.assert_allclose(ranked[::1000] / 255, np.linspace(0, 1, len(ranked))[::1000], atol=0.35)
    assert np.median(ranked) > np.median(dark) + 50


def test_clahe_is_opencv_s(image: np.ndarray) -> None:
    expected = cv2.createCLAHE(2.0, (8, 8)).apply(image)
    assert (Preprocess(size=64, equalize="clahe").shrink(image) == Preprocess(size=64).shrink(expected)).all()


@pytest.mark.parametrize(
    "pixels", [np.zeros((2, 64, 64), np.uint8), np.zeros((64, 64), np.uint16), np.zeros((64, 64), int)]
)
def test_what_is_no_image_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(DataError, match="Expected"):
        Preprocess().shrink(pixels)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("normalize", ["symmetric", "imagenet", "per_image", (-1024, 1024)])
def test_arrays_and_tensors_are_normalized_alike(normalize: str | tuple[float, float], channels: int) -> None:
    batch = np.random.default_rng(0).random((4, 32, 32))
    scale = 1024 if isinstance(normalize, tuple) else 1
    way = Preprocess(normalize=normalize, channels=channels)
    array, tensor = way.normalize(batch), way.normalize(torch.from_numpy(batch))
    assert array.shape == tuple(tensor.shape) == (4, channels, 32, 32)
    assert array.dtype == np.float32
    assert tensor.dtype == torch.float32
    np.testing.assert_allclose(array, tensor.numpy(), atol=2e-6 * scale)


def test_normalizations() -> None:
    batch = np.random.default_rng(0).random((4, 32, 32), np.float32)
    np.testing.assert_allclose(Preprocess().normalize(batch)[:, 0], batch * 2 - 1, atol=1e-6)
    ends = Preprocess(normalize=(-1024, 1024), channels=3).normalize(np.array([[[0, 0.25, 1]]], np.float32))
    assert ends[0, 2].tolist() == [[-1024, -512, 1024]]
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    expected = (batch[:, None] - mean[:, None, None]) / deviation[:, None, None]
    np.testing.assert_allclose(Preprocess(channels=3, normalize="imagenet").normalize(batch), expected, atol=1e-5)
    each = Preprocess(normalize="per_image").normalize(batch)
    np.testing.assert_allclose(each.mean((1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(each.std((1, 2, 3)), 1, atol=1e-3)
    even = Preprocess(normalize="per_image").normalize(np.full((1, 8, 8), 0.3, np.float32))
    assert np.abs(even).max() < 0.01


def test_a_normalized_batch_leaves_its_source_alone() -> None:
    batch = torch.rand(2, 16, 16)
    kept = batch.clone()
    for normalize in ("symmetric", "imagenet", "per_image"):
        for channels in (1, 3):
            Preprocess(normalize=normalize, channels=channels).normalize(batch)
    assert torch.equal(batch, kept)


def test_the_hash_names_what_changes_stored_pixels_and_nothing_else() -> None:
    plain = Preprocess(size=128)
    assert len(plain.hash) == 12
    assert plain.hash == Preprocess(size=128, channels=3, normalize="imagenet").hash
    others = [
        Preprocess(size=129), Preprocess(size=128, center_crop=0.9), Preprocess(size=128, equalize="clahe"),
        Preprocess(size=128, fit="pad"), Preprocess(size=128, fit="crop"),
    ]  # fmt: skip
    assert len({plain.hash, *(way.hash for way in others)}) == 6


def test_it_travels_as_json_and_refuses_what_it_does_not_know() -> None:
    way = Preprocess(size=320, channels=3, normalize="imagenet", equalize="clahe", fit="pad", center_crop=0.9)
    assert Preprocess.model_validate_json(way.model_dump_json()) == way
    assert way.model_dump()["normalize"] == "imagenet"
    wide = Preprocess(normalize=(-1024, 1024), fit="crop")
    assert Preprocess.model_validate_json(wide.model_dump_json()) == wide
    assert wide.hash == Preprocess(fit="crop").hash
    for ends in ([1], [1, 1], [0, float("nan")], [1, -1], "hounsfeld"):
        with pytest.raises(ValidationError):
            Preprocess.model_validate({"normalize": ends})
    for wrong in ({"sise": 3}, {"size": 4}, {"channels": 2}, {"center_crop": 0}, {"equalize": "auto"}):
        with pytest.raises(ValidationError):
            Preprocess.model_validate(wrong)
