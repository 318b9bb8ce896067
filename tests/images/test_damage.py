"""Damaged data are refused, also where a decoder would make up the missing part; whole data in padding are read."""

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import gdcm
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEG2000, JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, RLELossless

from hilum.images import read_image
from hilum.schema import ImageError

Gray = NDArray[np.uint8]
ZEROS = 3000


@pytest.fixture(scope="module")
def gray() -> Gray:
    noise = np.random.default_rng(0)
    smooth = cv2.GaussianBlur(noise.normal(0, 1, (400, 360)), (0, 0), 9)
    smooth = (smooth - smooth.min()) / np.ptp(smooth) * 230 + noise.normal(0, 3, smooth.shape)
    return smooth.clip(0, 255).astype(np.uint8)


def jpeg(pixels: NDArray[np.uint8], **options: object) -> bytes:
    stream = io.BytesIO()
    Pillow.fromarray(pixels).save(stream, "JPEG", **{"quality": 92, **options})
    return stream.getvalue()


def jpeg2000(pixels: NDArray[np.uint8], **options: object) -> bytes:
    stream = io.BytesIO()
    Pillow.fromarray(pixels).save(stream, "JPEG2000", **{"no_jp2": True, **options})
    return stream.getvalue()


def zeroed(stream: bytes, share: float) -> bytes:
    at = int(len(stream) * share)
    return stream[:at] + bytes(ZEROS) + stream[at + ZEROS :]


def cut_and_closed(stream: bytes, share: float) -> bytes:
    return stream[: int(len(stream) * share)] + b"\xff\xd9"


def shortened(stream: bytes, share: float) -> bytes:
    at = int(len(stream) * share)
    return stream[:at] + stream[at + ZEROS :]


KINDS = {
    "baseline": {},
    "optimized": {"optimize": True},
    "restarts": {"restart_marker_rows": 2},
    "progressive": {"progressive": True},
}


@pytest.mark.parametrize("damage", [zeroed, cut_and_closed])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.85])
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_jpeg_is_refused(
    gray: Gray, tmp_path: Path, write_dicom, damage: Callable[[bytes, float], bytes], share: float, kind: str
) -> None:
    stream = jpeg(gray, **KINDS[kind])
    assert len(stream) > 20_000
    path = tmp_path / "image.jpg"
    path.write_bytes(stream)
    assert np.abs(read_image(path).gray.astype(int) - gray).mean() < 3
    path.write_bytes(damage(stream, share))
    with pytest.raises(ImageError, match=r"image\.jpg: a damaged JPEG: .*Expected a whole file"):
        read_image(path)
    path = write_dicom(gray, syntax=JPEGBaseline8Bit, PixelData=encapsulate([damage(stream, share)]))
    with pytest.raises(ImageError, match=r"image\.dcm: its pixels .*cannot be decoded"):
        read_image(path)


@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_a_damaged_color_jpeg_is_refused(gray: Gray, tmp_path: Path, mode: str) -> None:
    stream = io.BytesIO()
    Pillow.fromarray(gray).convert(mode).save(stream, "JPEG", quality=92)
    path = tmp_path / "image.jpg"
    path.write_bytes(cut_and_closed(stream.getvalue(), 0.5))
    with pytest.raises(ImageError, match="a damaged JPEG"):
        read_image(path)


def test_a_few_bytes_of_filler_before_the_end_are_noted(gray: Gray, tmp_path: Path) -> None:
    stream = jpeg(gray)
    path = tmp_path / "image.jpg"
    path.write_bytes(stream[:-2] + bytes(30) + stream[-2:])
    assert "filler" in read_image(path).facts["notes"]
    path.write_bytes(stream[:-2] + bytes(range(1, 90)) + stream[-2:])
    with pytest.raises(ImageError, match="extraneous"):
        read_image(path)


@pytest.mark.parametrize("damage", [zeroed, cut_and_closed, shortened])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("options", [{}, {"irreversible": True, "quality_layers": [12]}])
def test_a_damaged_jpeg_2000_is_refused(
    gray: Gray, write_dicom, damage: Callable[[bytes, float], bytes], share: float, options: dict
) -> None:
    stream = jpeg2000(gray, **options)
    assert len(stream) > ZEROS * 2
    assert read_image(write_dicom(gray, syntax=JPEG2000, PixelData=encapsulate([stream]))).gray.std() > 20
    with pytest.raises(ImageError, match="cannot be decoded"):
        read_image(write_dicom(gray, syntax=JPEG2000, PixelData=encapsulate([damage(stream, share)])))


def by_gdcm(path: Path, syntax: str) -> tuple[pydicom.Dataset, bytes]:
    """The file compressed anew, and its stream."""
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(str(syntax))))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFile(reader.GetFile())
    writer.SetFileName(str(path))
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    dataset = pydicom.dcmread(path)
    return dataset, next(generate_frames(dataset.PixelData, number_of_frames=1))


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEGLSLossless])
@pytest.mark.parametrize("deep", [False, True])
def test_damaged_lossless_streams_are_refused(gray: Gray, write_dicom, syntax: str, deep: bool) -> None:
    pixels = gray.astype(np.uint16) * 16 if deep else gray
    path = write_dicom(pixels, BitsStored=12 if deep else 8)
    before = read_image(path).gray
    dataset, stream = by_gdcm(path, syntax)
    assert (read_image(path).gray == before).all()
    for damage in (zeroed, cut_and_closed, shortened):
        for share in (0.2, 0.5, 0.8):
            dataset.PixelData = encapsulate([damage(stream, share)])
            dataset.save_as(path)
            with pytest.raises(ImageError, match="cannot be decoded"):
                read_image(path)


@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.8])
def test_damaged_run_lengths_are_refused(gray: Gray, write_dicom, share: float) -> None:
    pixels = gray.astype(np.uint16) * 16
    path = write_dicom(pixels, BitsStored=12)
    dataset = pydicom.dcmread(path)
    dataset.compress(RLELossless)
    stream = next(generate_frames(dataset.PixelData, number_of_frames=1))
    for damaged in (zeroed(stream, share), shortened(stream, share), stream[: int(len(stream) * share)]):
        dataset.PixelData = encapsulate([damaged])
        dataset.save_as(path)
        with pytest.raises(ImageError, match="cannot be decoded"):
            read_image(path)
    dataset.PixelData = encapsulate([stream + bytes(500)])
    dataset.save_as(path)
    np.testing.assert_allclose(read_image(path).pixels, (pixels - pixels.min()) / np.ptp(pixels), atol=1e-6)


@pytest.mark.parametrize("suffix", ["png", "jpg"])
@pytest.mark.parametrize("behind", [bytes(9000), b"anything else", b"\xff\xda\xff\xd9" * 50])
def test_a_whole_file_in_padding_is_read(gray: Gray, tmp_path: Path, suffix: str, behind: bytes) -> None:
    path = tmp_path / f"image.{suffix}"
    Pillow.fromarray(gray).save(path, quality=92)
    before = read_image(path)
    assert "notes" not in before.facts
    path.write_bytes(path.read_bytes() + behind)
    assert (read_image(path).gray == before.gray).all()
    assert f"{len(behind):,} bytes behind the image's end" in read_image(path).facts["notes"]


@pytest.mark.parametrize("behind", [bytes(5000), b"\xff" * 500, b"x" * 99])
@pytest.mark.parametrize("boxed", [False, True])
def test_a_whole_jpeg_2000_in_padding_is_read(gray: Gray, write_dicom, behind: bytes, boxed: bool) -> None:
    stream = jpeg2000(gray, no_jp2=not boxed) + behind
    image = read_image(write_dicom(gray, syntax=JPEG2000, PixelData=encapsulate([stream])))
    assert (image.gray == gray).all()
    assert "PixelData" in image.facts["notes"]


def test_a_whole_jpeg_in_padding_is_read_from_dicom(gray: Gray, write_dicom) -> None:
    stream = jpeg(gray)
    image = read_image(write_dicom(gray, syntax=JPEGBaseline8Bit, PixelData=encapsulate([stream + bytes(5000)])))
    assert np.abs(image.gray.astype(int) - gray).mean() < 3
    assert "5,000 bytes" in image.facts["notes"] or "5,001 bytes" in image.facts["notes"]


@pytest.mark.parametrize("end", [b"IEND\xaeB`\x82", b"\0\0\0\0IEND\xaeB`\x82"])
def test_a_png_that_was_cut_and_closed_is_refused(gray: Gray, tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "image.png"
    Pillow.fromarray(gray).save(path)
    path.write_bytes(path.read_bytes()[:30_000] + end)
    with pytest.raises(ImageError, match="a damaged PNG"):
        read_image(path)


def test_a_black_image_is_whole(write_dicom, tmp_path: Path) -> None:
    black = np.zeros((512, 512), np.uint8)
    for kind in KINDS.values():
        path = tmp_path / "image.jpg"
        path.write_bytes(jpeg(black, **kind))
        assert (read_image(path).gray == 0).all()
    for options in ({}, {"tile_size": (64, 64)}, {"num_resolutions": 2, "precinct_size": (32, 32)}):
        path = write_dicom(black, syntax=JPEG2000, PixelData=encapsulate([jpeg2000(black, **options)]))
        assert (read_image(path).gray == 0).all()


def test_zeros_in_the_passes_that_refine_are_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0)
    smooth = cv2.GaussianBlur(noise.normal(0, 1, (1024, 1024)), (0, 0), 9)
    smooth = (smooth - smooth.min()) / np.ptp(smooth) * 235 + noise.normal(0, 3, smooth.shape) + 10
    stream = jpeg(smooth.clip(0, 255).astype(np.uint8), progressive=True, quality=85)
    path = tmp_path / "image.jpg"
    for share in np.linspace(0.48, 0.9, 20):  # in these libjpeg often finds its way again, and has nothing to report
        path.write_bytes(zeroed(stream, share))
        with pytest.raises(ImageError, match="a damaged JPEG"):
            read_image(path)
