"""How large the pixels of a DICOM file become, known before they are unpacked."""

import zlib
from pathlib import Path

from hilum.images.image import MOST_PIXELS
from hilum.schema import ImageError

DEFLATED = b"1.2.840.10008.1.2.1.99"
MOST_BYTES = MOST_PIXELS * 2 + 16_000_000  # 16 bits a pixel, and a header
META_LENGTH = slice(140, 144)  # value of (0002,0000), the first element behind the preamble
STANDALONE = {0x01, *range(0xD0, 0xD9)}  # JPEG markers without a length: TEM, RST, SOI
FRAME_HEADERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}  # JPEG's SOF0 to SOF15, and JPEG-LS's


def check_inflated(path: Path, content: bytes) -> None:
    """Refuse a deflated file that would inflate beyond any image."""
    start = 144 + int.from_bytes(content[META_LENGTH], "little")
    if DEFLATED not in content[:start]:
        return
    inflated = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated.decompress(content[start:], MOST_BYTES)
    if inflated.unconsumed_tail:
        raise ImageError(
            f"{path}: inflates to more than {MOST_BYTES:,} bytes. Expected an image, which is smaller; leave it out."
        )


def coded_size(stream: bytes) -> tuple[int, int] | None:
    """(width, height) by the header of a JPEG, JPEG-LS or JPEG 2000 stream; None when it has none.

    Source: ITU-T T.81 B.2.2 (frame header), ITU-T T.800 A.5.1 (SIZ).

    >>> coded_size(bytes.fromhex("ffd8 ffc0 000b 08 0400 0300 01 011100"))
    (768, 1024)
    """
    siz = stream.find(b"\xff\x4f\xff\x51", 0, 512)  # start of a codestream, bare or inside a JP2 box
    if siz >= 0:
        width, height, left, top = (int.from_bytes(stream[siz + at : siz + at + 4], "big") for at in (8, 12, 16, 20))
        return width - left, height - top
    at = 2
    while at + 9 <= len(stream) and stream[at] == 0xFF:
        marker = stream[at + 1]
        if marker in FRAME_HEADERS:
            return int.from_bytes(stream[at + 7 : at + 9], "big"), int.from_bytes(stream[at + 5 : at + 7], "big")
        filler, alone = marker == 0xFF, marker in STANDALONE
        at += 1 if filler else 2 if alone else 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
    return None
