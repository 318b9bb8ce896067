"""PNG by OpenCV and JPEG by libjpeg-turbo, at their own speed and at their own depth."""

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from hilum.images.codestream import codestream
from hilum.images.image import Image, check_size, luminance
from hilum.images.jpeg_decode import decode_jpeg
from hilum.schema import ImageError

# Any depth and any color, but alpha left off: an image has no transparency, and where NIH stores RGBA its alpha is 255
# everywhere. Blending with a background would invent pixels. Orientation tags (EXIF) are followed.
AS_STORED = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH
ORIENTATION = 0x0112  # EXIF's tag
# By EXIF's orientation: whether rows and columns change places, and which axes are mirrored after that.
TURNS: dict[int, tuple[bool, tuple[int, ...]]] = {
    2: (False, (1,)), 3: (False, (0, 1)), 4: (False, (0,)),
    5: (True, ()), 6: (True, (1,)), 7: (True, (0, 1)), 8: (True, (0,)),
}  # fmt: skip


def read_png(path: Path, content: bytes) -> Image:
    """A PNG image of 1 to 16 bits: gray, palette or color, with or without alpha (which is ignored).

    Full scale is the PNG's own: 255 or 65535 is white. A 16-bit file that only uses 12 of its bits comes out dark, as
    its owner wrote it; equalization or per-image normalization is the cure.
    """
    opened = _header(path, content, PngImageFile)
    end = _png_end(content)
    if end is None:
        raise _damaged(path, "PNG", "it ends before its last chunk")
    facts = _facts(opened, _behind(content, end))
    return Image(path, "PNG", _decoded(path, content[:end], "PNG"), facts=facts)


def read_jpeg(path: Path, content: bytes) -> Image:
    """A JPEG image, gray or color, turned as its EXIF orientation says.

    Raises:
        ImageError: for a stream that is cut short or damaged, also where the decoder could fill the hole.
    """
    opened = _header(path, content, JpegImageFile)
    found = codestream(content)
    if found is None:
        raise _damaged(path, "JPEG", "its header cannot be read")
    color = {1: "GRAY", 3: "BGR"}.get(found.components, "CMYK")
    try:
        pixels, notes = decode_jpeg(content, found, color)
    except (ValueError, IndexError) as error:
        raise _damaged(path, "JPEG", str(error)) from error
    if color == "CMYK":  # OpenCV knows how to make gray of it
        pixels, turned = _decoded(path, content, "JPEG"), True
    else:
        pixels, turned = (luminance(pixels, cv2.COLOR_BGR2GRAY) if color == "BGR" else pixels), False
    gray = pixels if turned else _turned(pixels, opened)
    return Image(path, "JPEG", gray, facts=_facts(opened, [*notes, *_behind(content, found.end or 0)]))


def _png_end(content: bytes) -> int | None:
    """Behind the last chunk; None when the file ends before it."""
    at = 8
    while at + 12 <= len(content):
        kind, at = content[at + 4 : at + 8], at + 12 + int.from_bytes(content[at : at + 4], "big")
        if kind == b"IEND":
            return at if at <= len(content) else None
    return None


def _behind(content: bytes, end: int) -> list[str]:
    """A note on what follows a whole image; a byte that makes the length even is nobody's news."""
    return [f"{len(content) - end:,} bytes behind the image's end, left alone"] if len(content) > end + 1 else []


def _turned(pixels: NDArray[Any], opened: ImageFile) -> NDArray[Any]:
    try:
        orientation = opened.getexif().get(ORIENTATION, 1)
    except Exception:  # Pillow raises what a damaged EXIF segment makes it stumble over; the pixels are whole
        orientation = 1
    swapped, mirrored = TURNS.get(orientation, (False, ()))
    return np.ascontiguousarray(np.flip(pixels.T if swapped else pixels, mirrored))


def _header(path: Path, content: bytes, header: type[ImageFile]) -> ImageFile:
    """Size and mode, read and checked before anything is decoded."""
    try:
        # The plugin's class, not PIL.Image.open: that one warns by a limit which is the whole process's setting.
        opened = header(io.BytesIO(content))
    except (OSError, ValueError, SyntaxError, KeyError, IndexError) as error:
        raise _damaged(path, header.format, "its header cannot be read") from error
    check_size(path, *opened.size)
    return opened


def _facts(opened: ImageFile, notes: list[str]) -> dict[str, str]:
    said = {"mode": opened.mode, "width": str(opened.width), "height": str(opened.height)}
    return said | ({"notes": "; ".join(notes)} if notes else {})


def _decoded(path: Path, content: bytes, format_name: str) -> NDArray[Any]:
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), AS_STORED)
    except cv2.error as error:
        raise _damaged(path, format_name, "its pixels cannot be decoded") from error
    if pixels is None:
        raise _damaged(path, format_name, "its pixels cannot be decoded")
    return pixels if pixels.ndim == 2 else luminance(pixels, cv2.COLOR_BGR2GRAY)


def _damaged(path: Path, format_name: str | None, how: str) -> ImageError:
    return ImageError(f"{path}: a damaged {format_name}: {how}. Expected a whole file; fetch it again or leave it out.")
