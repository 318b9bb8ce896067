"""The marker segments of a JPEG or JPEG-LS stream: what it holds, and where each part lies.

Source: ITU-T T.81 annex B; ITU-T T.87 annex C.
"""

import re
from dataclasses import dataclass, field

START_OF_IMAGE, END_OF_IMAGE = b"\xff\xd8", b"\xff\xd9"
FRAMES = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}  # JPEG's SOF0 to SOF15, and JPEG-LS's
PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
JPEG_LS, SCAN, APP0, APP14 = 0xF7, 0xDA, 0xE0, 0xEE
STANDALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length: TEM, RST, SOI
# The next marker behind compressed data, in which FF is followed by 0 (in JPEG-LS by less than 128) and by restarts.
BEHIND_SCAN = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
BEHIND_JPEG_LS = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")


@dataclass
class JpegMarkers:
    """Where the parts of a JPEG stream lie.

    Args:
        frame: second byte of the frame's marker, 0xC0 for baseline.
        frame_at: where that marker begins.
        bits, width, height: as the frame header gives them.
        components: (identifier, sampling byte) of each.
        jfif: whether a JFIF segment says that color is YCbCr.
        adobe: color transform of an Adobe segment (0 RGB or CMYK, 1 YCbCr, 2 YCCK); None without one.
        scans: (where the scan header begins, where its data begin, where they end) of each.
        end: behind the end marker; None when there is none.
    """

    frame: int
    frame_at: int
    bits: int
    width: int
    height: int
    components: list[tuple[int, int]]
    jfif: bool = False
    adobe: int | None = None
    scans: list[tuple[int, int, int]] = field(default_factory=list)
    end: int | None = None

    @property
    def progressive(self) -> bool:
        """Whether the image comes in passes, each of which refines it."""
        return self.frame in PROGRESSIVE


def jpeg_markers(stream: bytes) -> JpegMarkers | None:
    """Walk a stream from its first marker to its end marker, or as far as it goes; None when it has no frame.

    Thumbnails inside other segments and whatever lies behind the end marker are left alone.
    """
    found: JpegMarkers | None = None
    jfif, adobe, at = False, None, 2
    while at + 4 <= len(stream) and stream[at] == 0xFF and stream[at : at + 2] != END_OF_IMAGE:
        marker = stream[at + 1]
        if marker == 0xFF or marker in STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        behind = at + 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
        jfif = jfif or (marker == APP0 and stream[at + 4 : at + 9] == b"JFIF\0")
        if marker == APP14 and stream[at + 4 : at + 9] == b"Adobe" and behind >= at + 16:
            adobe = stream[at + 15]
        if marker in FRAMES and found is None and at + 10 <= len(stream):
            found = _frame(stream, at)
        if marker == SCAN and found is not None:
            nearest = (BEHIND_JPEG_LS if found.frame == JPEG_LS else BEHIND_SCAN).search(stream, behind)
            found.scans.append((at, behind, nearest.start() if nearest else len(stream)))
            behind = found.scans[-1][2]
        at = behind
    if found is not None:
        found.jfif, found.adobe = jfif, adobe
        found.end = at + 2 if found.scans and stream[at : at + 2] == END_OF_IMAGE else None
    return found


def _frame(stream: bytes, at: int) -> JpegMarkers:
    height, width = (int.from_bytes(stream[at + offset : at + offset + 2], "big") for offset in (5, 7))
    places = range(at + 10, min(at + 10 + 3 * stream[at + 9], len(stream) - 2), 3)
    components = [(stream[place], stream[place + 1]) for place in places]
    return JpegMarkers(stream[at + 1], at, stream[at + 4], width, height, components)
