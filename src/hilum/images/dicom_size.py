"""How large a deflated DICOM file becomes, known before it is unpacked."""

import zlib
from pathlib import Path

from hilum.images.image import MOST_PIXELS
from hilum.schema import ImageError

DEFLATED = b"1.2.840.10008.1.2.1.99"
MOST_BYTES = MOST_PIXELS * 2 + 16_000_000  # 16 bits a pixel, and a header
META_LENGTH = slice(140, 144)  # value of (0002,0000), the first element behind the preamble


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
