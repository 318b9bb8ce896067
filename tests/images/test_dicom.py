"""DICOM files: what is accepted, what is refused and how it is said, and what the header tells."""

import io
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

from hilum.images import read_image
from hilum.schema import ImageError

Gray = NDArray[np.uint8]


@pytest.fixture
def gray() -> Gray:
    rows, columns = np.mgrid[:96, :80]
    return ((rows * 2 + columns) % 256).astype(np.uint8)


def test_what_the_header_says(write_dicom, gray: Gray) -> None:
    path = write_dicom(
        gray, name="00000001_000.dcm", ViewPosition="AP", ImageLaterality="R", PatientSex="F", PatientAge="018M",
        ImagerPixelSpacing=[0.2, 0.3], Manufacturer="ACME",
    )  # fmt: skip
    image = read_image(path)
    assert (image.image_id, image.format, image.path) == ("00000001_000", "DICOM", path)
    assert (image.view, image.laterality, image.sex, image.age_years) == ("AP", "R", "F", 1.5)
    assert image.spacing_mm == (0.2, 0.3)
    assert image.facts["spacing"] == "ImagerPixelSpacing"
    assert image.facts["manufacturer"] == "ACME"
    assert image.pixels.shape == (96, 80)
    assert image.pixels.dtype == np.float32


def test_nothing_names_the_patient(write_dicom, gray: Gray) -> None:
    image = read_image(write_dicom(gray, StudyDate="20010203", AccessionNumber="A-99", InstitutionName="St. Elsewhere"))
    said = " ".join((*image.facts.values(), *image.facts)).lower()
    assert "modality" in said
    assert not [secret for secret in ("secret", "4711", "2001", "a-99", "elsewhere") if secret in said]


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_uncompressed_syntaxes(write_dicom, gray: Gray, syntax: str) -> None:
    assert (read_image(write_dicom(gray, syntax=syntax)).gray == gray).all()


def test_big_endian(write_dicom, ramp: NDArray[np.uint16]) -> None:
    path = write_dicom(ramp.astype(">u2"), syntax=ExplicitVRBigEndian, BitsStored=12)
    np.testing.assert_allclose(read_image(path).pixels, ramp / 4095, atol=1e-6)


@pytest.mark.parametrize(
    ("syntax", "format_name", "tolerance"), [(JPEG2000Lossless, "JPEG2000", 0), (JPEGBaseline8Bit, "JPEG", 6)]
)
def test_compressed_syntaxes(write_dicom, gray: Gray, syntax: str, format_name: str, tolerance: int) -> None:
    stream = io.BytesIO()
    options = {"no_jp2": True} if format_name == "JPEG2000" else {"quality": 95}
    smooth = np.sort(gray, axis=1)
    Pillow.fromarray(smooth).save(stream, format_name, **options)
    path = write_dicom(smooth, syntax=syntax, PixelData=encapsulate([stream.getvalue()]))
    assert np.abs(read_image(path).gray.astype(int) - smooth).max() <= tolerance
    cut = write_dicom(smooth, syntax=syntax, PixelData=encapsulate([stream.getvalue()[:-200]]))
    with pytest.raises(ImageError, match=r"image\.dcm.*ends too early.*fetch the file again"):
        read_image(cut)


def test_run_length(write_dicom, ramp: NDArray[np.uint16]) -> None:
    dataset = pydicom.dcmread(write_dicom(ramp, BitsStored=12))
    dataset.compress(RLELossless)
    dataset.save_as(dataset.filename)
    np.testing.assert_allclose(read_image(str(dataset.filename)).pixels, ramp / 4095, atol=1e-6)


def test_a_stream_of_another_size_is_refused_undecoded(write_dicom, gray: Gray) -> None:
    stream = io.BytesIO()
    Pillow.fromarray(np.zeros((4000, 4000), np.uint8)).save(stream, "JPEG")
    path = write_dicom(gray, syntax=JPEGBaseline8Bit, PixelData=encapsulate([stream.getvalue()]))
    with pytest.raises(ImageError, match=r"\(4000, 4000\) is not the header's \(80, 96\)"):
        read_image(path)


def test_a_file_without_preamble_is_read(write_dicom, gray: Gray) -> None:
    path = write_dicom(gray)
    path.write_bytes(path.read_bytes()[132:])
    assert (read_image(path).gray == gray).all()


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_a_bare_dataset_is_read(write_dicom, gray: Gray, syntax: str) -> None:
    path = write_dicom(gray, syntax=syntax)
    content = path.read_bytes()
    path.write_bytes(content[144 + int.from_bytes(content[140:144], "little") :])
    assert (read_image(path).gray == gray).all()


def test_compressed_color_is_read_by_its_luminance(write_dicom) -> None:
    color = np.zeros((64, 96, 3), np.uint8)
    color[..., 0], color[..., 1] = np.arange(96), np.arange(64)[:, None]
    stream = io.BytesIO()
    Pillow.fromarray(color).save(stream, "JPEG", quality=95)
    path = write_dicom(
        color, syntax=JPEGBaseline8Bit, PhotometricInterpretation="YBR_FULL_422",
        PixelData=encapsulate([stream.getvalue()]),
    )  # fmt: skip
    assert np.abs(read_image(path).gray - color @ (0.299, 0.587, 0.114)).max() < 4


def test_a_palette_is_read_by_its_luminance(write_dicom, gray: Gray) -> None:
    ramp = np.arange(256, dtype=np.uint16)
    tables = {"Red": 255 - ramp, "Green": ramp // 2, "Blue": ramp}
    header = {}
    for color, table in tables.items():
        header[f"{color}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        header[f"{color}PaletteColorLookupTableData"] = (table * 257).tobytes()
    path = write_dicom(gray, PhotometricInterpretation="PALETTE COLOR", **header)
    expected = 0.299 * tables["Red"][gray] + 0.587 * tables["Green"][gray] + 0.114 * tables["Blue"][gray]
    assert np.abs(read_image(path).pixels * 255 - expected).max() < 1


def test_color_is_read_by_its_luminance(write_dicom, gray: Gray) -> None:
    assert (read_image(write_dicom(np.stack([gray] * 3, axis=-1))).gray == gray).all()
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 200
    assert (read_image(write_dicom(red)).gray == round(0.299 * 200)).all()


@pytest.mark.parametrize("modality", ["CR", "DX", "RG", "OT", "SC"])
def test_images_of_these_modalities_are_read(write_dicom, gray: Gray, modality: str) -> None:
    assert (read_image(write_dicom(gray, Modality=modality)).gray == gray).all()


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"Modality": "CT"}, "modality CT"),
        ({"Modality": "MG"}, "modality MG"),
        ({"Modality": None}, "modality not given"),
        ({"NumberOfFrames": 2}, "2 frames"),
        ({"PixelData": None}, "without pixels"),
        ({"PixelData": b"\0" * 100}, "cannot be decoded"),
        ({"Rows": 60000, "Columns": 60000}, "60000 x 60000 pixels"),
        ({"Rows": 32, "Columns": 32}, "32 x 32 pixels"),
        ({"BitsStored": 4, "HighBit": 3}, "4 stored bits"),
        ({"PhotometricInterpretation": "HSV"}, "HSV"),
        ({"BitsStored": None, "HighBit": 7}, "0 stored bits"),
    ],
)  # fmt: skip
def test_refusals_name_the_file_and_the_remedy(write_dicom, gray: Gray, header: dict, said: str) -> None:
    if header.get("PixelData", 0) is None or header.get("BitsStored", 0) is None:
        path = write_dicom(gray)
        dataset = pydicom.dcmread(path)
        delattr(dataset, next(iter(header)))
        dataset.save_as(path)
    else:
        path = write_dicom(gray, **header)
    with pytest.raises(ImageError) as refusal:
        read_image(path)
    message = str(refusal.value)
    assert message.startswith(f"{path}: ")
    assert said in message
    assert "Expected" in message
    assert "SECRET" not in message.upper().replace(str(path).upper(), "")


def test_a_deflated_bomb_is_not_inflated(write_dicom, gray: Gray) -> None:
    path = write_dicom(gray, syntax=DeflatedExplicitVRLittleEndian)
    content = path.read_bytes()
    start = 144 + int.from_bytes(content[140:144], "little")
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    path.write_bytes(content[:start] + bomb)
    with pytest.raises(ImageError, match="inflates to more than"):
        read_image(path)


def test_damage_anywhere_is_an_image_error_or_nothing(write_dicom, gray: Gray, tmp_path: Path) -> None:
    whole = write_dicom(gray, ViewPosition="PA", PatientAge="051Y", WindowCenter=100, WindowWidth=50).read_bytes()
    noise = np.random.default_rng(0)
    path, said = tmp_path / "damaged.dcm", []
    for trial in range(200):
        content = bytearray(whole)
        if trial % 2:
            content[int(noise.integers(128, 900))] = int(noise.integers(0, 256))  # in the header
        else:
            del content[int(noise.integers(1, len(content))) :]
        path.write_bytes(bytes(content))
        try:
            said.extend(read_image(path).facts.values())
        except ImageError as error:
            said.append(str(error))
    assert sum(text.startswith(str(path)) for text in said) >= 100
    assert not [text for text in said if "SECRET" in text.upper()]
