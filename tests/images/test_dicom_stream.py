"""A compressed stream's own precision, color and kind count; what the header says otherwise is noted by its tag."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000, JPEGBaseline8Bit, JPEGLSLossless

from hilum.images import read_image
from hilum.images.codestream import codestream

Gray = NDArray[np.uint8]
JFIF = 18  # bytes of its segment, right behind the start of the image


@pytest.fixture
def gray() -> Gray:
    """(64, 96) uint8 from 38 to 252: 0.15 to 0.99."""
    return np.tile(np.linspace(38, 252, 96), (64, 1)).round().astype(np.uint8)


def jpeg(pixels: Gray, *, jfif: bool = True, **options: object) -> bytes:
    stream = io.BytesIO()
    Pillow.fromarray(pixels).save(stream, "JPEG", **{"quality": 97, **options})
    content = stream.getvalue()
    return content if jfif else content[:2] + content[2 + JFIF :]


def jpeg2000(pixels: NDArray) -> bytes:
    stream = io.BytesIO()
    Pillow.fromarray(pixels).save(stream, "JPEG2000", no_jp2=True)
    return stream.getvalue()


def unmarked_rgb(color: Gray) -> bytes:
    """RGB components in a stream that names them 1, 2, 3 and says nothing of their color."""
    stream = bytearray(jpeg(color, keep_rgb=True, subsampling=0))
    frame, scan = stream.find(b"\xff\xc0"), stream.find(b"\xff\xda")
    for number in range(3):
        stream[frame + 10 + 3 * number] = stream[scan + 5 + 2 * number] = number + 1
    adobe = stream.find(b"\xff\xee")
    return bytes(stream[:adobe] + stream[adobe + 16 :])


@pytest.mark.parametrize("subsampling", [0, 2])
@pytest.mark.parametrize("jfif", [True, False])
@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL_422", "YBR_FULL", "MONOCHROME2"])
def test_ycbcr_is_read_as_such(write_dicom, gray: Gray, subsampling: int, jfif: bool, photometric: str) -> None:
    color = np.stack([gray] * 3, axis=-1)
    stream = jpeg(color, jfif=jfif, subsampling=subsampling)
    path = write_dicom(
        color, syntax=JPEGBaseline8Bit, PhotometricInterpretation=photometric, PixelData=encapsulate([stream])
    )
    image = read_image(path)
    assert np.abs(image.gray.astype(int) - gray).max() <= 4
    if photometric == "RGB":
        assert "PhotometricInterpretation" in image.facts["notes"]


@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL"])
@pytest.mark.parametrize("marked", [True, False])
def test_rgb_is_read_as_such(write_dicom, gray: Gray, photometric: str, marked: bool) -> None:
    color = np.stack([gray] * 3, axis=-1)
    stream = jpeg(color, keep_rgb=True, subsampling=0) if marked else unmarked_rgb(color)
    path = write_dicom(
        color, syntax=JPEGBaseline8Bit, PhotometricInterpretation=photometric, PixelData=encapsulate([stream])
    )
    assert np.abs(read_image(path).gray.astype(int) - gray).max() <= 4


def test_colored_rgb_without_marks_stays_rgb(write_dicom, gray: Gray) -> None:
    color = np.stack([gray, gray // 2, 255 - gray], axis=-1)
    path = write_dicom(color, syntax=JPEGBaseline8Bit, PixelData=encapsulate([unmarked_rgb(color)]))
    assert np.abs(read_image(path).gray - color @ (0.299, 0.587, 0.114)).max() < 4


@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL"])
@pytest.mark.parametrize("is_ybr", [True, False])
def test_uncompressed_color_is_looked_at(write_dicom, gray: Gray, photometric: str, is_ybr: bool) -> None:
    chroma = np.full_like(gray, 128) if is_ybr else gray
    path = write_dicom(np.stack([gray, chroma, chroma], axis=-1), PhotometricInterpretation=photometric)
    assert np.abs(read_image(path).gray.astype(int) - gray).max() <= 1


@pytest.mark.parametrize("stored", [8, 12, 16])
def test_eight_bits_in_sixteen(write_dicom, gray: Gray, stored: int) -> None:
    path = write_dicom(
        gray.astype(np.uint16), BitsStored=stored, syntax=JPEGBaseline8Bit, PixelData=encapsulate([jpeg(gray)])
    )
    image = read_image(path)
    assert np.abs(image.gray.astype(int) - gray).max() <= 3
    assert "BitsAllocated: the header says 16, the compressed stream 8" in image.facts["notes"]


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ({"PixelRepresentation": 1}, "PixelRepresentation"),
        ({"BitsStored": 4, "HighBit": 3}, "BitsStored"),
        ({"HighBit": 15}, "HighBit"),
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, "SamplesPerPixel"),
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422"}, "PhotometricInterpretation"),
        ({"Rows": 0}, "Rows"),
    ],
)
@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEG2000])
def test_the_stream_counts_and_the_tag_is_named(write_dicom, gray: Gray, header: dict, tag: str, syntax: str) -> None:
    stream = jpeg(gray) if syntax == JPEGBaseline8Bit else jpeg2000(gray)
    image = read_image(write_dicom(gray, syntax=syntax, PixelData=encapsulate([stream]), **header))
    assert np.abs(image.gray.astype(int) - gray).max() <= 3
    assert f"{tag}: the header says" in image.facts["notes"]


@pytest.mark.parametrize("syntax", [JPEG2000, JPEGLSLossless])
def test_a_stream_of_another_kind_than_its_syntax(write_dicom, gray: Gray, syntax: str) -> None:
    image = read_image(write_dicom(gray, syntax=syntax, PixelData=encapsulate([jpeg(gray)])))
    assert np.abs(image.gray.astype(int) - gray).max() <= 3
    assert "TransferSyntaxUID" in image.facts["notes"]


def test_more_bits_than_the_header_says(write_dicom, gray: Gray) -> None:
    deep = gray.astype(np.uint16) * 16
    image = read_image(write_dicom(gray, syntax=JPEG2000, PixelData=encapsulate([jpeg2000(deep)])))
    np.testing.assert_allclose(image.pixels, (deep - deep.min()) / np.ptp(deep), atol=1e-6)
    assert "BitsStored" in image.facts["notes"]
    few = read_image(write_dicom(deep, BitsStored=9, syntax=JPEG2000, PixelData=encapsulate([jpeg2000(deep)])))
    np.testing.assert_allclose(few.pixels, image.pixels)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_color_under_a_gray_header(write_dicom, gray: Gray, photometric: str) -> None:
    stream = jpeg2000(np.stack([gray] * 3, axis=-1))
    image = read_image(
        write_dicom(gray, syntax=JPEG2000, PhotometricInterpretation=photometric, PixelData=encapsulate([stream]))
    )
    assert (image.gray == (255 - gray if photometric == "MONOCHROME1" else gray)).all()
    assert "SamplesPerPixel" in image.facts["notes"]


def test_nothing_is_noted_of_a_file_that_is_right(write_dicom, gray: Gray) -> None:
    for syntax, stream in ((JPEGBaseline8Bit, jpeg(gray)), (JPEG2000, jpeg2000(gray))):
        assert "notes" not in read_image(write_dicom(gray, syntax=syntax, PixelData=encapsulate([stream]))).facts


def test_the_header_of_a_stream(gray: Gray) -> None:
    found = codestream(jpeg(np.stack([gray] * 3, axis=-1)) + bytes(7))
    assert found is not None
    assert (found.kind, found.width, found.height, found.bits, found.components) == ("jpeg", 96, 64, 8, 3)
    assert found.end == len(jpeg(np.stack([gray] * 3, axis=-1)))
    deep = jpeg2000(gray.astype(np.uint16) * 16)
    found = codestream(deep + b"x" * 100)
    assert found is not None
    assert (found.kind, found.bits, found.components, found.signed) == ("jpeg2000", 16, 1, False)
    assert found.end == len(deep)
    assert codestream(b"nothing of the kind" * 9) is None
