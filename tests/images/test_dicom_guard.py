"""No varied image is shown as one gray or as a negative in silence: a wrong header is noted and left out."""

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from hilum.images import read_image
from hilum.images.spread import Shares
from hilum.schema import ImageError

Ramp = NDArray[np.uint16]
TWELVE = list(range(4096))


@pytest.fixture
def values() -> Ramp:
    """(64, 64) uint16 of 12 bits: 200 to 3,885, so that full scale and own range differ."""
    return (np.arange(4096).reshape(64, 64) * 0.9 + 200).astype(np.uint16)


def own(values: NDArray) -> NDArray[np.float64]:
    return (values.astype(float) - values.min()) / (float(values.max()) - float(values.min()))


def lut(descriptor: list[int], data: object, vr: str = "US") -> pydicom.Sequence:
    item = pydicom.Dataset()
    item.add_new("LUTDescriptor", "SS" if min(descriptor) < 0 else "US", descriptor)
    item.add_new("LUTData", vr, data)
    return pydicom.Sequence([item])


@pytest.mark.parametrize("keyword", ["VOILUTSequence", "ModalityLUTSequence"])
@pytest.mark.parametrize(
    ("bits", "times"), [(16, 1), (14, 1), (13, 1), (12, 16), (8, 16), (8, 1)], ids=lambda value: str(value)
)
def test_white_is_what_the_entries_need(write_dicom, values: Ramp, keyword: str, bits: int, times: int) -> None:
    image = read_image(
        write_dicom(values, BitsStored=12, **{keyword: lut([4096, 0, bits], [entry * times for entry in TWELVE])})
    )
    np.testing.assert_allclose(image.pixels, values * times / (4096 * times - 1), atol=1e-6)
    assert f"{keyword}: entries of" in image.facts["notes"]


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_first_value_is_read_with_the_sign_that_meets_the_image(write_dicom, values: Ramp, syntax: str) -> None:
    image = read_image(
        write_dicom(
            values, BitsStored=12, syntax=syntax, RescaleSlope=1, RescaleIntercept=-2048,
            VOILUTSequence=lut([4096, 63488, 12], TWELVE),
        )
    )  # fmt: skip
    np.testing.assert_allclose(image.pixels, values / 4095, atol=1e-6)
    assert "63488 is read as -2048" in image.facts["notes"]


def test_a_first_value_that_was_meant_unsigned(write_dicom) -> None:
    values = (np.arange(4096).reshape(64, 64) + 40000).astype(np.uint16)
    image = read_image(write_dicom(values, VOILUTSequence=lut([4096, 40000, 12], TWELVE)))
    np.testing.assert_allclose(image.pixels, (values - 40000) / 4095, atol=1e-6)
    wrong = read_image(write_dicom(values, VOILUTSequence=lut([4096, 40000 - 65536, 12], TWELVE)))
    np.testing.assert_allclose(wrong.pixels, image.pixels)


@pytest.mark.parametrize("keyword", ["VOILUTSequence", "ModalityLUTSequence", "PresentationLUTSequence"])
@pytest.mark.parametrize("bits", [0, 17, 255])
def test_a_table_of_no_depth_is_refused(write_dicom, values: Ramp, keyword: str, bits: int) -> None:
    path = write_dicom(values, BitsStored=12, **{keyword: lut([4096, 0, bits], TWELVE)})
    with pytest.raises(ImageError, match=rf"image\.dcm: {keyword}: its descriptor gives {bits} bits"):
        read_image(path)


def test_eight_bit_entries_two_in_a_word(write_dicom) -> None:
    values = np.tile(np.arange(256, dtype=np.uint16), (64, 1))
    table = bytes(255 - entry for entry in range(256))
    image = read_image(write_dicom(values, BitsStored=12, VOILUTSequence=lut([256, 0, 8], table, "OW")))
    np.testing.assert_allclose(image.pixels, 1 - values / 255, atol=1e-6)


@pytest.mark.parametrize(
    "header",
    [
        {"WindowCenter": 20000, "WindowWidth": 100},
        {"WindowCenter": 20000, "WindowWidth": 4096},
        {"WindowCenter": -9000, "WindowWidth": 4096},
        {"WindowCenter": 20000, "WindowWidth": 100, "VOILUTFunction": "SIGMOID"},
        {"WindowCenter": 20000, "WindowWidth": 100, "VOILUTFunction": "LINEAR_EXACT"},
        {"WindowCenter": 2048, "WindowWidth": 10_000_000},
        {"VOILUTSequence": lut([4096, 0, 12], [7] * 4096)},
        {"VOILUTSequence": lut([100, 20000, 12], list(range(100)))},
        {"ModalityLUTSequence": lut([100, 20000, 12], list(range(100)))},
        {"PresentationLUTSequence": lut([256, 0, 8], [9] * 256)},
        {"RescaleSlope": 0, "RescaleIntercept": 0},
        {"RescaleSlope": 0, "RescaleIntercept": 500},
        {"RescaleSlope": "1e-9", "RescaleIntercept": 0, "WindowCenter": 2048, "WindowWidth": 4096},
    ],
    ids=lambda header: ",".join(header),
)
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_what_would_leave_one_gray_is_left_out(write_dicom, values: Ramp, header: dict, photometric: str) -> None:
    image = read_image(write_dicom(values, BitsStored=12, PhotometricInterpretation=photometric, **header))
    expected = own(values)
    np.testing.assert_allclose(image.pixels, 1 - expected if photometric == "MONOCHROME1" else expected, atol=1e-6)
    assert any(f"{keyword}" in image.facts["notes"] for keyword in header)


def test_the_next_choice_counts_when_the_first_shows_one_gray(write_dicom, values: Ramp) -> None:
    right = read_image(write_dicom(values, name="right.dcm", BitsStored=12, WindowCenter=2000, WindowWidth=3000))
    second = read_image(write_dicom(values, BitsStored=12, WindowCenter=[20000, 2000], WindowWidth=[100, 3000]))
    beside = read_image(
        write_dicom(
            values, name="b.dcm", BitsStored=12, WindowCenter=2000, WindowWidth=3000,
            VOILUTSequence=lut([4096, 0, 12], [7] * 4096),
        )
    )  # fmt: skip
    assert (second.pixels == right.pixels).all()
    assert (beside.pixels == right.pixels).all()
    assert "notes" not in right.facts
    assert "WindowCenter 20000" in second.facts["notes"]
    assert "VOILUTSequence" in beside.facts["notes"]


def test_slope_zero_keeps_the_window(write_dicom, values: Ramp) -> None:
    header = {"BitsStored": 12, "WindowCenter": 2000, "WindowWidth": 3000}
    right = read_image(write_dicom(values, name="right.dcm", **header))
    image = read_image(write_dicom(values, RescaleSlope=0, RescaleIntercept=0, **header))
    assert (image.pixels == right.pixels).all()
    assert "RescaleSlope" in image.facts["notes"]


@pytest.mark.parametrize("header", [{"WindowCenter": 9000, "WindowWidth": 10}, {"RescaleSlope": 0}])
def test_eight_bits_are_guarded_too(write_dicom, header: dict) -> None:
    values = np.add.outer(np.arange(64) * 2, np.arange(64)).astype(np.uint8)
    image = read_image(write_dicom(values, **header))
    assert image.pixels.max() - image.pixels.min() > 0.7
    assert next(iter(header)) in image.facts["notes"]


def test_a_few_far_values_do_not_darken_the_rest(write_dicom, values: Ramp) -> None:
    values[0, 0] = 65535
    image = read_image(write_dicom(values))
    assert np.ptp(np.percentile(image.pixels, (2, 98))) > 0.9
    assert "clipped" in image.facts["notes"]


def test_an_even_image_stays_even(write_dicom) -> None:
    for header in ({}, {"WindowCenter": 20000, "WindowWidth": 10}, {"RescaleSlope": 0}):
        pixels = read_image(write_dicom(np.full((64, 64), 700, np.uint16), BitsStored=12, **header)).pixels
        assert len(np.unique(pixels)) == 1


def test_a_harsh_window_is_followed(write_dicom, values: Ramp) -> None:
    image = read_image(write_dicom(values, BitsStored=12, WindowCenter=2000, WindowWidth=1))
    assert set(np.unique(image.pixels)) == {0.0, 1.0}
    assert "notes" not in image.facts


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted", "tag"),
    [
        ("MONOCHROME1", "IDENTITY", True, "PhotometricInterpretation is followed"),
        ("MONOCHROME2", "INVERSE", True, "PresentationLUTShape is followed"),
        ("MONOCHROME1", "INVERSE", True, None),
        ("MONOCHROME2", "IDENTITY", False, None),
    ],
)
def test_contradictory_shapes_are_noted(
    write_dicom, values: Ramp, photometric: str, shape: str, inverted: bool, tag: str | None
) -> None:
    image = read_image(
        write_dicom(values, BitsStored=12, PhotometricInterpretation=photometric, PresentationLUTShape=shape)
    )
    np.testing.assert_allclose(image.pixels, 1 - own(values) if inverted else own(values), atol=1e-6)
    assert (tag or "") in image.facts.get("notes", "")
    assert ("notes" in image.facts) == (tag is not None)


@pytest.mark.parametrize(
    "header",
    [
        {"WindowCenter": "2048,5", "WindowWidth": "4096"},
        {"WindowCenter": "2048", "WindowWidth": "4096,0"},
        {"WindowCenter": "middle", "WindowWidth": "4096"},
        {"WindowCenter": "nan", "WindowWidth": "4096"},
        {"RescaleSlope": "1,0", "RescaleIntercept": "0"},
        {"RescaleSlope": "1", "RescaleIntercept": "0,0"},
    ],
    ids=lambda header: ",".join(header.values()),
)
def test_what_is_no_number_is_left_out(write_dicom, values: Ramp, header: dict[str, str]) -> None:
    path = write_dicom(values, BitsStored=12)
    dataset = pydicom.dcmread(path)
    for keyword, text in header.items():
        tag, value = pydicom.tag.Tag(keyword), text.encode() + b" " * (len(text) % 2)
        dataset._dict[tag] = pydicom.dataelem.RawDataElement(tag, "DS", len(value), value, 0, False, True)
    dataset.save_as(path)
    image = read_image(path)
    np.testing.assert_allclose(image.pixels, own(values), atol=1e-6)
    assert "not a number, left out" in image.facts["notes"]


@pytest.mark.parametrize("high", [3, 7, 15, 40])
def test_a_high_bit_that_cannot_be_is_noted(write_dicom, values: Ramp, high: int) -> None:
    image = read_image(write_dicom(values, BitsStored=12, HighBit=high))
    np.testing.assert_allclose(image.pixels, own(values), atol=1e-6)
    assert "HighBit" in image.facts["notes"]


def test_values_at_the_upper_end_of_their_word(write_dicom, values: Ramp) -> None:
    image = read_image(write_dicom((values << 4).astype(np.uint16), BitsStored=12, HighBit=15))
    np.testing.assert_allclose(image.pixels, own(values), atol=1e-6)
    assert "notes" not in image.facts


def test_color_of_twelve_bits_fills_its_own_scale(write_dicom, values: Ramp) -> None:
    image = read_image(write_dicom(np.stack([values] * 3, axis=-1), BitsStored=12))
    np.testing.assert_allclose(image.pixels, values / 4095, atol=1e-4)


@pytest.mark.parametrize(("bits", "data"), [(16, "<u2"), (8, "u1"), (8, "<u2")])
def test_palettes_whose_entries_are_of_eight_bits(write_dicom, bits: int, data: str) -> None:
    gray = np.tile(np.arange(256, dtype=np.uint8), (64, 1))
    header = {}
    for color in ("Red", "Green", "Blue"):
        header[f"{color}PaletteColorLookupTableDescriptor"] = [256, 0, bits]
        header[f"{color}PaletteColorLookupTableData"] = np.arange(256).astype(data).tobytes()
    image = read_image(write_dicom(gray, PhotometricInterpretation="PALETTE COLOR", **header))
    np.testing.assert_allclose(image.pixels, gray / 255, atol=1e-6)


def test_shares_see_what_is_flat() -> None:
    stored = np.arange(100, 200).reshape(10, 10).astype(np.uint16)
    shares = Shares.of(stored, None, 100)
    places = np.arange(100)
    assert shares.is_flat(np.full(100, 0.3))
    assert shares.is_flat(places / 99 * 0.09)
    assert not shares.is_flat(places / 99 * 0.11)
    assert not shares.is_flat((places > 50).astype(float))
    assert shares.is_flat((places > 200).astype(float))
