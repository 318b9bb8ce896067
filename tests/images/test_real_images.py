"""Real images: conformance files, NIH as published, RSNA's DICOM."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from hilum.images import read_image
from hilum.schema import ImageError

pytestmark = pytest.mark.real

REFUSED = {
    "no_pixels_sr": "modality SR",
    "not_a_film_ct": "modality CT",
    "rgb_two_frames": "2 frames",
    "truncated_pixels": "modality MR",
}


def test_every_conformance_file_is_read_or_refused_as_it_should(real_data: Path) -> None:
    files = sorted((real_data / "dicom").glob("*.dcm"))
    assert len(files) >= 15
    for file in files:
        if file.stem in REFUSED:
            with pytest.raises(ImageError, match=REFUSED[file.stem]):
                read_image(file)
            continue
        pixels = read_image(file).pixels
        assert pixels.dtype == np.float32, file
        assert pixels.min() >= 0, file
        assert pixels.max() <= 1, file
        assert pixels.std() > 0.1, file


def test_one_image_in_three_lossless_syntaxes_is_one_image(real_data: Path) -> None:
    first, *others = [read_image(file).pixels for file in sorted((real_data / "dicom").glob("hand_*_lossless.dcm"))]
    assert len(others) == 2
    for other in others:
        assert (other == first).all()
    lossy = read_image(real_data / "dicom" / "hand_cr_jpeg_extended_12bit.dcm").pixels
    assert np.abs(lossy - first).mean() < 0.003
    assert np.abs(lossy - first).max() < 0.06


def test_air_is_dark_and_bone_is_bright(real_data: Path) -> None:
    for name in ("chest_cr_jpeg2000_monochrome1", "siim_cr_jpeg_baseline", "nih_dx_00000001_000"):
        pixels = read_image(real_data / "dicom" / f"{name}.dcm").pixels
        height, width = pixels.shape
        spine = pixels[height // 2 : height * 3 // 4, width * 9 // 20 : width * 11 // 20].mean()
        lung = np.percentile(pixels[height // 4 : height * 5 // 8, width // 6 : width * 5 // 6], 10)
        assert spine > lung + 0.2, name
    negative = read_image(real_data / "dicom" / "monochrome1_fake.dcm").gray
    assert (negative == 255 - read_image(real_data / "dicom" / "siim_cr_jpeg_baseline.dcm").gray).all()


def test_a_lookup_table_in_either_place_gives_the_same_picture(real_data: Path) -> None:
    by_modality = read_image(real_data / "dicom" / "modality_lut.dcm").pixels
    by_voi = read_image(real_data / "dicom" / "voi_lut.dcm").pixels
    assert np.corrcoef(by_modality.ravel(), by_voi.ravel())[0, 1] > 0.99


def test_nih_as_published_is_read_as_pillow_does(real_data: Path) -> None:
    files = sorted((real_data / "nih_1024").rglob("*.png"))
    modes = {}
    for file in files:
        with Pillow.open(file) as picture:
            modes[file.name] = picture.mode
            reference = np.asarray(picture.convert("RGB"))[..., 0] if picture.mode == "RGBA" else np.asarray(picture)
        assert (read_image(file).gray == reference).all(), file
    assert set(modes.values()) == {"L", "RGBA"}
    assert len(modes) >= 20


def test_rsna_images_say_who_and_how(real_data: Path) -> None:
    files = sorted((real_data / "rsna").rglob("*.dcm"))[:40]
    images = [read_image(file) for file in files]
    assert len(images) == 40
    assert {image.view for image in images} <= {"PA", "AP"}
    assert {image.sex for image in images} == {"F", "M"}
    assert all(image.pixels.shape == (1024, 1024) for image in images)
    assert all(image.age_years is not None and 0 < image.age_years < 110 for image in images)
    assert all(image.spacing_mm is not None for image in images)
