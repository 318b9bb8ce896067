"""From a DICOM color image to its luminance, whatever its header calls its three components."""

from typing import Any

import cv2
import numpy as np
import pydicom
from numpy.typing import NDArray

from hilum.images.codestream import Codestream
from hilum.images.image import luminance
from hilum.images.jpeg_decode import bare_components, decode_jpeg, is_ambiguous


def jpeg_luminance(stream: bytes, found: Codestream, photometric: str, notes: list[str]) -> NDArray[np.uint8]:
    """(H, W) luminance of an 8-bit JPEG of three components.

    The stream decides whether these are YCbCr or RGB: by its JFIF or Adobe segment, by the components' names and
    sampling, as every JPEG decoder does. Where it says nothing, the header counts, and RGB is looked at.
    """
    if is_ambiguous(found) and not photometric.startswith("YBR"):
        parts, odd = bare_components(stream, found)
        notes.extend(odd)
        return gray_of(parts, "RGB", 8, notes)
    pixels, odd = decode_jpeg(stream, found, "GRAY")
    notes.extend(odd)
    markers = found.jpeg
    is_rgb = markers is not None and not markers.jfif and (
        markers.adobe == 0 or bytes(name for name, _ in markers.components) == b"RGB"
    )  # fmt: skip
    if is_rgb == photometric.startswith("YBR") or (photometric == "RGB" and not is_rgb):
        notes.append(
            f"PhotometricInterpretation: the header says {photometric}, the compressed stream "
            f"{'RGB' if is_rgb else 'YCbCr'}, which counts"
        )
    return pixels


def gray_of(parts: NDArray[Any], photometric: str, bits: int, notes: list[str]) -> NDArray[Any]:
    """(H, W) luminance of (H, W, 3) components: the first of YCbCr; 0.299 R + 0.587 G + 0.114 B of RGB.

    Components that are called RGB, of which two stay near the middle while the first is an image, are YCbCr.
    """
    if photometric.startswith("YBR"):
        return np.ascontiguousarray(parts[..., 0])
    if _is_ybr(parts, bits):
        notes.append("PhotometricInterpretation: the header says RGB, but the components are YCbCr, which counts")
        return np.ascontiguousarray(parts[..., 0])
    return luminance(np.ascontiguousarray(parts), cv2.COLOR_RGB2GRAY)


def _is_ybr(parts: NDArray[Any], bits: int) -> bool:
    """Whether the second and third component lie nearer to the middle, as chroma does, than to the first."""
    few = parts[::4, ::4].astype(np.float32)
    middle = np.float32(2 ** (bits - 1))
    chroma, first = few[..., 1:], few[..., :1]
    return bool(np.abs(chroma - middle).mean() < np.abs(chroma - first).mean() / 2)


def as_shown(gray: NDArray[Any], dataset: pydicom.Dataset) -> NDArray[Any]:
    """Luminance at the depth of its type: as it is where that is full, else in [0, 1] by the stored bits."""
    bits = int(dataset.BitsStored)
    if bits == gray.dtype.itemsize * 8:
        return gray
    return np.asarray(np.clip(gray / np.float32(2**bits - 1), 0, 1), np.float32)
