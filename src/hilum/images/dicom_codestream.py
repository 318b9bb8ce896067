"""What a compressed stream says counts; where the DICOM header around it says otherwise, that is noted."""

from typing import Any

import pydicom
from pydicom import uid
from pydicom.encaps import generate_frames

from hilum.images.codestream import Codestream, codestream

COLOR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")
SYNTAXES: dict[str, tuple[uid.UID, ...]] = {  # the first is taken where the header names one of another kind
    "jpeg": (uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit),
    "lossless": (uid.JPEGLosslessSV1, uid.JPEGLossless),
    "jpegls": (uid.JPEGLSLossless, uid.JPEGLSNearLossless),
    "jpeg2000": (uid.JPEG2000, uid.JPEG2000Lossless, uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K),
}


def compressed_stream(dataset: pydicom.Dataset, notes: list[str]) -> tuple[bytes, Codestream]:
    """The stream up to its end, and its header; what lies behind its end is noted.

    Raises:
        ValueError: when it has no header, or is cut short.
    """
    stream = next(generate_frames(dataset.PixelData, number_of_frames=1))
    found = codestream(stream)
    if found is None:
        raise ValueError("the compressed stream has no header that is known here")
    if found.end is None:
        raise ValueError("the compressed stream ends too early")
    if len(stream) > found.end + 1:
        notes.append(f"PixelData: {len(stream) - found.end:,} bytes behind the stream's end, left alone")
    return stream[: found.end], found


def follow(dataset: pydicom.Dataset, found: Codestream, notes: list[str]) -> None:
    """Set the header's values to what the stream says, and note each that contradicted it, by the tag's name.

    Raises:
        ValueError: where stream and header are of different sizes, or the stream has neither one nor three components.
    """
    if found.components not in (1, 3):
        raise ValueError(f"the stream has {found.components} components; 1 or 3 are expected")
    for keyword, length in (("Columns", found.width), ("Rows", found.height)):
        if not dataset.get(keyword):
            _set(dataset, keyword, length, notes)
    if (found.width, found.height) != (dataset.Columns, dataset.Rows):
        raise ValueError(
            f"the stream's size {(found.width, found.height)} is not the header's {(dataset.Columns, dataset.Rows)}"
        )
    _set(dataset, "SamplesPerPixel", found.components, notes)
    _follow_depth(dataset, found, notes)
    _follow_color(dataset, found, notes)
    named = dataset.file_meta.TransferSyntaxUID
    if named not in SYNTAXES[found.kind]:
        notes.append(f"TransferSyntaxUID: {named.name}, but the stream is {SYNTAXES[found.kind][0].name}")
        dataset.file_meta.TransferSyntaxUID = SYNTAXES[found.kind][0]


def _follow_depth(dataset: pydicom.Dataset, found: Codestream, notes: list[str]) -> None:
    bits = _whole(dataset, "BitsStored")
    # A header may name fewer bits than the coder worked with: JPEG's lossy code knows 8 and 12 bits only.
    _set(dataset, "BitsStored", bits if 8 <= bits <= found.bits else found.bits, notes)
    _set(dataset, "BitsAllocated", 8 if found.bits <= 8 else 16, notes)
    _set(dataset, "HighBit", int(dataset.BitsStored) - 1, notes)
    if found.kind in ("jpeg", "jpeg2000"):  # JPEG's cosine transform knows no sign; JPEG 2000 says it
        _set(dataset, "PixelRepresentation", int(found.signed), notes)
    elif _whole(dataset, "PixelRepresentation") not in (0, 1):
        _set(dataset, "PixelRepresentation", 0, notes)


def _follow_color(dataset: pydicom.Dataset, found: Codestream, notes: list[str]) -> None:
    said = str(dataset.get("PhotometricInterpretation", "") or "")
    if found.components == 1 and said in COLOR:
        _set(dataset, "PhotometricInterpretation", "MONOCHROME2", notes)
    if found.components == 3:
        if said == "PALETTE COLOR":
            _set(dataset, "PhotometricInterpretation", "RGB", notes)
        dataset.PlanarConfiguration = 0 if found.kind != "lossless" else dataset.get("PlanarConfiguration", 0) or 0


def _set(dataset: pydicom.Dataset, keyword: str, value: Any, notes: list[str]) -> None:
    said = dataset.get(keyword)
    if said is not None and said == value:
        return
    setattr(dataset, keyword, value)
    shown = said if isinstance(said, int) or (isinstance(said, str) and said in COLOR) else "not given"
    notes.append(f"{keyword}: the header says {shown}, the compressed stream {value}, which counts")


def _whole(dataset: pydicom.Dataset, keyword: str) -> int:
    value = dataset.get(keyword)
    return value if isinstance(value, int) else -1
