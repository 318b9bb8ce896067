"""JPEG by libjpeg-turbo, with its warnings heeded: a stream of which a part is made up is refused.

libjpeg fills what is missing with gray and says so in a warning, which Pillow and OpenCV drop; simplejpeg raises it
(docs/decisions/0006).
"""

import re
from typing import Any

import simplejpeg
from numpy.typing import NDArray

from hilum.images.codestream import Codestream, codestream
from hilum.images.jpeg_markers import START_OF_IMAGE, JpegMarkers

MOST_FILLER = 64  # bytes of one value between the data and the end marker, as some writers leave them
ZEROS = bytes(256)  # no pass of a progressive image but its first and its last of the means can hold so many
BARE_COLOR = bytes.fromhex("ffee 000e 41646f6265 0064 0000 0000 00")  # Adobe segment: components are RGB
EXTRANEOUS = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
HARMLESS = ("Adobe color transform",)  # warnings of libjpeg that say nothing of the data


def decode_jpeg(stream: bytes, found: Codestream, colorspace: str) -> tuple[NDArray[Any], list[str]]:
    """The pixels of an 8-bit JPEG stream, and notes of what was odd but harmless.

    Args:
        stream: from its first marker on.
        found: its header.
        colorspace: `GRAY` (of a color image its luminance), `RGB`, `BGR` or `CMYK`.

    Returns:
        (H, W) uint8 for gray, else (H, W, C).

    Raises:
        ValueError: when the stream is cut short or damaged.
    """
    stream, notes = _sound(stream, found), []
    try:
        pixels = simplejpeg.decode_jpeg(stream, colorspace)
    except ValueError as error:
        notes.append(_pardoned(str(error), stream, found))
        pixels = simplejpeg.decode_jpeg(stream, colorspace, strict=False)
    return (pixels[..., 0] if colorspace == "GRAY" else pixels), notes


def check_lossless(stream: bytes, found: Codestream) -> None:
    """Refuse a damaged JPEG Lossless stream of any precision, whose decoder keeps its warnings to itself.

    The compressed codes do not depend on the precision, so the stream is walked as one of 8 bits.

    Raises:
        ValueError: when the stream is cut short or damaged.
    """
    markers = _markers(found)
    changed = bytearray(stream)
    changed[markers.frame_at + 4] = 8
    for scan, _, _ in markers.scans:  # a point transform must be smaller than the precision
        changed[scan + 4 + 2 * changed[scan + 4] + 3] &= 0xF0
    decode_jpeg(bytes(changed), found, "GRAY" if found.components == 1 else "RGB")


def bare_components(stream: bytes, found: Codestream) -> tuple[NDArray[Any], list[str]]:
    """The components of a three-component stream as they are, (H, W, 3) uint8, and notes; for streams without JFIF."""
    bare = START_OF_IMAGE + BARE_COLOR + stream[2:]
    return decode_jpeg(bare, codestream(bare) or found, "RGB")


def is_ambiguous(found: Codestream) -> bool:
    """Whether nothing in a three-component stream says that its color is YCbCr or RGB."""
    markers = _markers(found)
    named = bytes(identifier for identifier, _ in markers.components)
    sampled = len({sampling for _, sampling in markers.components}) > 1  # only YCbCr is
    return not (markers.jfif or markers.adobe is not None or named == b"RGB" or sampled)


def _sound(stream: bytes, found: Codestream) -> bytes:
    """The stream up to its end; with the scan parameters of a sequential image set right, which some writers omit."""
    markers = _markers(found)
    if found.end is None:
        raise ValueError("it ends before its end-of-image marker")
    if markers.progressive:
        for scan, begin, end in markers.scans:
            first_coefficient = stream[scan + 5 + 2 * stream[scan + 4]]
            if first_coefficient and stream.find(ZEROS, begin, end) >= 0:
                raise ValueError("zeros stand where compressed data should")
    elif found.kind == "jpeg":
        repaired = bytearray(stream[: found.end])
        for scan, _, _ in markers.scans:
            last = scan + 5 + 2 * stream[scan + 4]
            repaired[last : last + 3] = bytes((0, 63, 0))
        return bytes(repaired)
    return stream[: found.end]


def _pardoned(warning: str, stream: bytes, found: Codestream) -> str:
    """A note for a warning that says nothing of the pixels; any other is raised."""
    extra = EXTRANEOUS.search(warning)
    filler = int(extra[1]) if extra else 0
    if 0 < filler <= MOST_FILLER and len(set(stream[(found.end or 0) - 2 - filler : (found.end or 0) - 2])) == 1:
        return f"{filler} bytes of filler before the JPEG's end marker"
    if any(words in warning for words in HARMLESS):
        return warning
    raise ValueError(warning)


def _markers(found: Codestream) -> JpegMarkers:
    if found.jpeg is None:
        raise ValueError("no JPEG stream")
    return found.jpeg
