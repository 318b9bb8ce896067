"""PNG and JPEG against Pillow: every depth and color, orientation, damage."""

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from hilum.images import read_image
from hilum.schema import ImageError


@pytest.fixture
def gray() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (70, 90), np.uint8)


def saved(path: Path, picture: Pillow.Image, **options: object) -> Path:
    picture.save(path, **options)
    return path


def test_gray_is_read_as_it_is(gray: NDArray[np.uint8], tmp_path: Path) -> None:
    image = read_image(saved(tmp_path / "image.png", Pillow.fromarray(gray)))
    assert (image.gray == gray).all()
    np.testing.assert_array_equal(image.pixels, gray.astype(np.float32) / np.float32(255))
    assert (image.format, image.image_id) == ("PNG", "image")
    assert image.view is image.sex is image.age_years is image.spacing_mm is None


@pytest.mark.parametrize("mode", ["LA", "RGB", "RGBA"])
def test_equal_channels_give_their_common_value(gray: NDArray[np.uint8], tmp_path: Path, mode: str) -> None:
    picture = Pillow.fromarray(gray).convert(mode)
    if mode.endswith("A"):
        picture.putalpha(Pillow.fromarray(255 - gray))  # alpha is ignored: nothing is blended
    assert (read_image(saved(tmp_path / "image.png", picture)).gray == gray).all()


def test_color_is_read_by_its_luminance(tmp_path: Path) -> None:
    color = np.zeros((64, 64, 3), np.uint8)
    color[:] = 10, 200, 90
    read = read_image(saved(tmp_path / "image.png", Pillow.fromarray(color))).gray
    assert (read == round(0.299 * 10 + 0.587 * 200 + 0.114 * 90)).all()


def test_sixteen_bits_keep_their_depth(gray: NDArray[np.uint8], tmp_path: Path) -> None:
    deep = gray.astype(np.uint16) * 255 + 7
    image = read_image(saved(tmp_path / "image.png", Pillow.fromarray(deep)))
    assert (image.gray == deep).all()
    np.testing.assert_allclose(image.pixels, deep / 65535, atol=1e-7)
    assert np.abs(image.pixels_8bit - deep / 257).max() <= 0.5


def test_one_bit(gray: NDArray[np.uint8], tmp_path: Path) -> None:
    read = read_image(saved(tmp_path / "image.png", Pillow.fromarray(gray > 127)))
    assert (read.pixels == (gray > 127)).all()


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_palette(gray: NDArray[np.uint8], tmp_path: Path, bits: int) -> None:
    picture = Pillow.fromarray(gray).convert("RGB").quantize(2**bits)
    path = saved(tmp_path / "image.png", picture, bits=bits)
    reference = np.asarray(picture.convert("RGB")).astype(float) @ (0.299, 0.587, 0.114)
    assert np.abs(read_image(path).gray - reference).max() <= 1


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg(tmp_path: Path, mode: str) -> None:
    smooth = np.add.outer(np.arange(80), np.arange(100)).astype(np.uint8)
    path = saved(tmp_path / "image.jpg", Pillow.fromarray(smooth).convert(mode), quality=95)
    image = read_image(path)
    assert image.format == "JPEG"
    reference = np.asarray(Pillow.open(path).convert("L"))
    assert np.abs(image.gray.astype(int) - reference).max() <= (3 if mode == "CMYK" else 1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_is_turned_as_its_orientation_says(tmp_path: Path, orientation: int) -> None:
    from PIL import ImageOps

    picture = Pillow.fromarray(np.add.outer(np.arange(80) * 2, np.arange(100)).astype(np.uint8))
    tags = Pillow.Exif()
    tags[0x0112] = orientation
    path = saved(tmp_path / "image.jpg", picture, exif=tags, quality=95)
    reference = np.asarray(ImageOps.exif_transpose(Pillow.open(path)))
    read = read_image(path).gray
    assert read.shape == reference.shape
    assert np.abs(read.astype(int) - reference).max() <= 2


@pytest.mark.parametrize("suffix", ["png", "jpg"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.95])
def test_a_truncated_file_is_refused(gray: NDArray[np.uint8], tmp_path: Path, suffix: str, share: float) -> None:
    path = saved(tmp_path / f"image.{suffix}", Pillow.fromarray(gray))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ImageError, match=rf"image\.{suffix}: a damaged (PNG|JPEG): .*Expected a whole file"):
        read_image(path)


def test_a_jpeg_cut_behind_its_thumbnail_is_refused(gray: NDArray[np.uint8], tmp_path: Path) -> None:
    thumbnail = io.BytesIO()
    Pillow.fromarray(gray).save(thumbnail, "JPEG")
    path = saved(tmp_path / "image.jpg", Pillow.fromarray(gray), comment=thumbnail.getvalue())
    assert read_image(path).gray.shape == gray.shape
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ImageError, match="end-of-image"):
        read_image(path)


def test_a_damaged_png_is_refused(gray: NDArray[np.uint8], tmp_path: Path) -> None:
    path = saved(tmp_path / "image.png", Pillow.fromarray(gray))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(ImageError, match="a damaged PNG"):
        read_image(path)


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    path = saved(tmp_path / "bomb.png", Pillow.new("1", (9_000, 8_000)))
    with pytest.raises(ImageError, match="9000 x 8000 pixels"):
        read_image(path)


def test_a_tiny_picture_is_no_image(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"63 x 100 pixels.*at least 64"):
        read_image(saved(tmp_path / "icon.png", Pillow.new("L", (63, 100))))
    assert read_image(saved(tmp_path / "image.png", Pillow.new("L", (64, 64)))).pixels.shape == (64, 64)


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "an empty file"), (b"GIF89a" + bytes(500), "no image"), (bytes(9), "no image")]
)
def test_what_is_no_image_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "image.png"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=f"{said}.*Expected DICOM, PNG or JPEG"):
        read_image(path)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="No such file"):
        read_image(tmp_path / "image.png")
    with pytest.raises(ImageError, match="directory"):
        read_image(tmp_path)


def test_a_wrong_suffix_does_not_matter(gray: NDArray[np.uint8], tmp_path: Path) -> None:
    path = tmp_path / "image.jpg"
    Pillow.fromarray(gray).save(path, "PNG")
    assert read_image(path).format == "PNG"
