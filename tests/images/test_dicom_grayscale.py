"""The grayscale pipeline against pydicom's own, formula by formula, and for what a reader must not get wrong."""

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut

from hilum.images import read_image
from hilum.images.window import window

Ramp = NDArray[np.uint16]


def lut(descriptor: list[int], data: list[int], **more: str) -> pydicom.Sequence:
    item = pydicom.Dataset()
    item.add_new("LUTDescriptor", "US", descriptor)
    item.add_new("LUTData", "US", data)
    for keyword, value in more.items():
        setattr(item, keyword, value)
    return pydicom.Sequence([item])


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("center", "width"), [(2048, 4096), (600.5, 300), (3000, 2), (100, 5000)])
def test_windows_agree_with_pydicom(write_dicom, ramp: Ramp, function: str, center: float, width: float) -> None:
    path = write_dicom(ramp, BitsStored=12, WindowCenter=center, WindowWidth=width, VOILUTFunction=function)
    with np.errstate(over="ignore"):  # pydicom's exponential
        reference = apply_voi_lut(ramp, pydicom.dcmread(path)) / 4095
    np.testing.assert_allclose(read_image(path).pixels, reference, atol=1e-6)


def test_windows_follow_the_rescale(write_dicom, ramp: Ramp) -> None:
    path = write_dicom(ramp, BitsStored=12, RescaleSlope=2, RescaleIntercept=-1000, WindowCenter=500, WindowWidth=2000)
    rescaled = apply_modality_lut(ramp, pydicom.dcmread(path))
    np.testing.assert_allclose(read_image(path).pixels, window(rescaled, 500, 2000), atol=1e-6)
    assert read_image(path).pixels[0, 0] == 0
    assert read_image(path).pixels[-1, -1] == 1


def test_the_first_of_several_windows_counts(write_dicom, ramp: Ramp) -> None:
    several = write_dicom(ramp, name="a.dcm", BitsStored=12, WindowCenter=[600, 50], WindowWidth=[300, 20])
    one = write_dicom(ramp, name="b.dcm", BitsStored=12, WindowCenter=600, WindowWidth=300)
    assert (read_image(several).pixels == read_image(one).pixels).all()


def test_a_window_of_width_one_is_a_threshold() -> None:
    assert window(np.array([98.0, 99.0, 100.0, 101.0]), 100, 1).tolist() == [0, 0, 1, 1]


def test_a_window_without_width_is_none(write_dicom, ramp: Ramp) -> None:
    path = write_dicom(ramp, BitsStored=12, WindowCenter=0, WindowWidth=0)
    np.testing.assert_allclose(read_image(path).pixels, ramp / 4095, atol=1e-6)


def test_voi_lut_comes_before_the_window(write_dicom, ramp: Ramp) -> None:
    table = [int(value) for value in np.linspace(0, 65535, 4096) ** 2 / 65535]
    path = write_dicom(ramp, BitsStored=12, VOILUTSequence=lut([4096, 0, 16], table), WindowCenter=10, WindowWidth=5)
    np.testing.assert_allclose(read_image(path).pixels.ravel(), np.array(table) / 65535, atol=1e-6)


def test_modality_lut_without_a_window_fills_its_own_range(write_dicom, ramp: Ramp) -> None:
    table = list(range(4095, -1, -1))
    path = write_dicom(ramp, BitsStored=12, ModalityLUTSequence=lut([4096, 0, 12], table, ModalityLUTType="US"))
    np.testing.assert_allclose(read_image(path).pixels, (4095 - ramp.astype(float)) / 4095, atol=1e-6)


def test_presentation_lut_is_the_last_step(write_dicom, ramp: Ramp) -> None:
    sequence = lut([2, 0, 16], [65535, 0])
    path = write_dicom(ramp, BitsStored=12, WindowCenter=2048, WindowWidth=4096, PresentationLUTSequence=sequence)
    assert set(np.unique(read_image(path).pixels)) == {0.0, 1.0}
    assert read_image(path).pixels[0, 0] == 1


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted"),
    [
        ("MONOCHROME2", None, False),
        ("MONOCHROME1", None, True),
        ("MONOCHROME1", "INVERSE", True),  # said twice, done once
        ("MONOCHROME2", "IDENTITY", False),
        ("MONOCHROME2", "INVERSE", True),
        ("MONOCHROME1", "IDENTITY", True),  # as Fuji writes
    ],
)
def test_bright_is_one(write_dicom, ramp: Ramp, photometric: str, shape: str | None, inverted: bool) -> None:
    path = write_dicom(ramp, BitsStored=12, PhotometricInterpretation=photometric, PresentationLUTShape=shape)
    expected = ramp / 4095
    np.testing.assert_allclose(read_image(path).pixels, 1 - expected if inverted else expected, atol=1e-6)


@pytest.mark.parametrize("bits", range(9, 17))
def test_without_a_window_the_image_s_own_range_counts(write_dicom, bits: int) -> None:
    values = np.random.default_rng(bits).integers(20, 2**bits - 30, (64, 80), np.uint16)
    low, high = int(values.min()), int(values.max())
    path = write_dicom(values, BitsStored=bits)
    np.testing.assert_allclose(read_image(path).pixels, (values.astype(float) - low) / (high - low), atol=1e-6)


def test_eight_bits_without_a_window_are_shown_as_they_are(write_dicom) -> None:
    values = np.random.default_rng(0).integers(50, 200, (64, 80), np.uint8)
    image = read_image(write_dicom(values))
    assert image.gray.dtype == np.uint8
    assert (image.gray == values).all()
    negative = read_image(write_dicom(values, PhotometricInterpretation="MONOCHROME1"))
    assert (negative.gray == 255 - values).all()


def test_signed_values(write_dicom, ramp: Ramp) -> None:
    signed = (ramp.astype(np.int32) - 2048).astype(np.int16)
    path = write_dicom(signed, BitsStored=12)
    np.testing.assert_allclose(read_image(path).pixels, ramp / 4095, atol=1e-6)


def test_bits_above_the_highest_are_not_the_image_s(write_dicom, ramp: Ramp) -> None:
    overlay = ramp | np.uint16(0x8000)
    assert (
        read_image(write_dicom(overlay, BitsStored=12)).pixels == read_image(write_dicom(ramp, BitsStored=12)).pixels
    ).all()
    signed = (ramp.astype(np.int32) - 2048).astype(np.int16)
    cut = (signed & np.int16(0x0FFF)).astype(np.int16)  # the sign bit stands at bit 11
    np.testing.assert_allclose(read_image(write_dicom(cut, BitsStored=12)).pixels, ramp / 4095, atol=1e-6)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("limit", [None, 65535])
def test_padding_is_black_and_widens_no_range(write_dicom, photometric: str, limit: int | None) -> None:
    values = np.random.default_rng(0).integers(1000, 3001, (64, 64), np.uint16)
    values[0, :2] = 1000, 3000
    values[:8] = 65535 if limit is None else 65000
    values[8, 0], values[8, 1] = 1000, 3000
    path = write_dicom(
        values,
        PhotometricInterpretation=photometric,
        PixelPaddingValue=65535 if limit is None else 64000,
        PixelPaddingRangeLimit=limit,
    )
    expected = (values[8:].astype(float) - 1000) / 2000
    pixels = read_image(path).pixels
    assert (pixels[:8] == 0).all()
    np.testing.assert_allclose(pixels[8:], 1 - expected if photometric == "MONOCHROME1" else expected, atol=1e-6)


def test_an_even_image_is_no_division_by_zero(write_dicom) -> None:
    assert (read_image(write_dicom(np.full((64, 64), 700, np.uint16), BitsStored=12)).pixels == 0).all()
