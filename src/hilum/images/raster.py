"""PNG and JPEG images, decoded by OpenCV at its own speed and at their own depth."""

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from hilum.images.image import Image, check_size, luminance
from hilum.schema import ImageError

# Any depth and any color, but alpha left off: an image has no transparency, and where NIH stores RGBA its alpha is 255
# everywhere. Blending with a background would invent pixels. Orientation tags (EXIF) are followed.
AS_STORED = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH
IMAGE_END = b"IEND\xaeB`\x82"
START_OF_SCAN, END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"


def read_png(path: Path, content: bytes) -> Image:
    """A PNG image of 1 to 16 bits: gray, palette or color, with or without alpha (which is ignored).

    Full scale is the PNG's own: 255 or 65535 is white. A 16-bit file that only uses 12 of its bits comes out dark, as
    its owner wrote it; equalization or per-image normalization is the cure.
    """
    mode = _header(path, content, PngImageFile)
    if IMAGE_END not in content[-4096:]:
        raise _damaged(path, "PNG", "it ends before its last chunk")
    return Image(path, "PNG", _decoded(path, content, "PNG"), facts=mode)


def read_jpeg(path: Path, content: bytes) -> Image:
    """A JPEG image, gray or color, turned as its EXIF orientation says."""
    mode = _header(path, content, JpegImageFile)
    # No marker can occur inside the compressed data, and an embedded thumbnail lies before the last scan.
    if content.rfind(END_OF_IMAGE) < content.rfind(START_OF_SCAN):
        raise _damaged(path, "JPEG", "it ends before its end-of-image marker")
    return Image(path, "JPEG", _decoded(path, content, "JPEG"), facts=mode)


def _header(path: Path, content: bytes, header: type[PngImageFile] | type[JpegImageFile]) -> dict[str, str]:
    """Size and mode, read and checked before anything is decoded."""
    try:
        # The plugin's class, not PIL.Image.open: that one warns by a limit which is the whole process's setting.
        opened = header(io.BytesIO(content))
    except (OSError, ValueError, SyntaxError, KeyError, IndexError) as error:
        raise _damaged(path, header.format, "its header cannot be read") from error
    check_size(path, *opened.size)
    return {"mode": opened.mode, "width": str(opened.width), "height": str(opened.height)}


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
