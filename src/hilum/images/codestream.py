"""What a compressed stream says of itself: its kind, size, precision and components, and where it ends."""

from dataclasses import dataclass

from hilum.images.jpeg_markers import END_OF_IMAGE, JpegMarkers, jpeg_markers

SIZ, COD, START_OF_TILE = b"\xff\x51", 0x52, b"\xff\x90"
START_OF_CODESTREAM = b"\xff\x4f" + SIZ
BYPASS = 1  # bit of the code-block style: some passes hold bare bits, in which zeros can follow zeros


@dataclass(frozen=True)
class Codestream:
    """The header of a JPEG, JPEG-LS or JPEG 2000 stream.

    Args:
        kind: `jpeg` (cosine transform), `lossless`, `jpegls` or `jpeg2000`.
        width, height: in pixels.
        bits: precision of a sample.
        components: 1 for gray.
        signed: whether samples are signed; only JPEG 2000 can say so.
        end: length in bytes up to and with the end marker; None when the stream has none.
        jpeg: where its parts lie; None for JPEG 2000.
        mixed: whether JPEG 2000 mixed its components (the decoder then gives RGB).
        longest_zeros: how many zero bytes may follow one another in JPEG 2000; None where any number may.
    """

    kind: str
    width: int
    height: int
    bits: int
    components: int
    signed: bool = False
    end: int | None = None
    jpeg: JpegMarkers | None = None
    mixed: bool = False
    longest_zeros: int | None = None


def codestream(stream: bytes) -> Codestream | None:
    """The header of a stream by its own bytes, whatever a file around it calls it; None when it has none.

    Source: ITU-T T.81 B.2.2 (frame header), ITU-T T.800 A.5.1 (SIZ).

    >>> codestream(bytes.fromhex("ffd8 ffc0 000b 08 0400 0300 01 011100")).width
    768
    """
    at = stream.find(START_OF_CODESTREAM, 0, 512)  # bare, or inside a JP2 box
    if at >= 0:
        return _jpeg2000(stream, at)
    markers = jpeg_markers(stream)
    if markers is None:
        return None
    kinds = {0xF7: "jpegls", 0xC3: "lossless", 0xC7: "lossless", 0xCB: "lossless", 0xCF: "lossless"}
    return Codestream(
        kinds.get(markers.frame, "jpeg"), markers.width, markers.height, markers.bits, len(markers.components),
        end=markers.end, jpeg=markers,
    )  # fmt: skip


def _jpeg2000(stream: bytes, start: int) -> Codestream | None:
    if len(stream) < start + 45:
        return None
    right, below, left, top = (_number(stream, start + at, 4) for at in (8, 12, 16, 20))
    components, depth = _number(stream, start + 40, 2), stream[start + 42]
    cod, tiles = _main_header(stream, start)
    mixed, zeros = False, None
    if cod:
        layers, levels = _number(stream, cod + 6, 2), stream[cod + 9]
        mixed = bool(stream[cod + 8])
        sizes = [stream[cod + 14 + level] & 15 for level in range(levels + 1)] if stream[cod + 4] & 1 else []
        smallest = min(sizes, default=15)
        precincts = -(-right // 2**smallest) * -(-below // 2**smallest)
        if not stream[cod + 12] & BYPASS:
            # An empty packet is one zero byte; a packet's header can hold some, compressed data hardly any.
            zeros = layers * (levels + 1) * components * precincts + 256
    return Codestream(
        "jpeg2000", right - left, below - top, (depth & 127) + 1, components, bool(depth & 128),
        _end_of_tiles(stream, tiles), mixed=mixed, longest_zeros=zeros,
    )  # fmt: skip


def _main_header(stream: bytes, start: int) -> tuple[int, int]:
    """Where the COD segment lies (0 when there is none), and the first tile-part."""
    at, cod = start + 2, 0
    while at + 14 <= len(stream) and stream[at] == 0xFF and stream[at : at + 2] != START_OF_TILE:
        cod = at if stream[at + 1] == COD and at + 48 <= len(stream) else cod
        at += 2 + _number(stream, at + 2, 2)
    return cod, at


def _end_of_tiles(stream: bytes, at: int) -> int | None:
    """Behind the end marker: by the tile-parts' own lengths, or where those are not given, the last such marker."""
    while stream[at : at + 2] == START_OF_TILE and (length := _number(stream, at + 6, 4)):
        at += length
    if stream[at : at + 2] == END_OF_IMAGE:
        return at + 2
    found = stream.rfind(END_OF_IMAGE)  # which cannot occur within the compressed data
    return found + 2 if found >= 0 else None


def _number(stream: bytes, at: int, length: int) -> int:
    return int.from_bytes(stream[at : at + length], "big")
