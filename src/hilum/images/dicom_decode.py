"""From a DICOM file's bytes to its stored values: which decoder for which transfer syntax.

Each syntax has one decoder, named here, so that the same file gives the same values wherever Hilum is installed,
whatever other decoders pydicom would find. All of them have permissive licenses (docs/decisions/0002). Compressed
streams are refused where they are damaged, even where their decoder would fill the hole (docs/decisions/0006).
"""

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import uid
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels.utils import pixel_array

from hilum.images.codestream import Codestream
from hilum.images.dicom_codestream import SYNTAXES, compressed_stream, follow
from hilum.images.dicom_color import gray_of, jpeg_luminance
from hilum.images.gdcm_decode import jpeg_extended
from hilum.images.jpeg_decode import check_lossless, decode_jpeg
from hilum.schema import ImageError

PLUGINS = {"lossless": "gdcm", "jpegls": "gdcm", "jpeg2000": "pylibjpeg"}  # by kind of stream; the last is OpenJPEG
NATIVE = (
    uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
)  # fmt: skip
BITS_AS_THEY_LIE = (*NATIVE, uid.RLELossless)  # no decoder has looked at which of the allocated bits are meant
COMPRESSED = tuple(syntax for syntaxes in SYNTAXES.values() for syntax in syntaxes)
LONGER = re.compile(r"padding - (\d+) vs\. (\d+) bytes")  # pydicom's warning of a run-length segment
MOST_OVERSHOOT = 0.01  # share of the pixels; where more exceed the header's bits, those are not the image's


def is_compressed(dataset: pydicom.FileDataset) -> bool:
    """Whether the pixels are a stream with a header of its own."""
    return dataset.file_meta.TransferSyntaxUID in COMPRESSED


def stored_values(path: Path, dataset: pydicom.FileDataset, notes: list[str]) -> NDArray[Any]:
    """The image's stored values, (H, W), each within its stored bits; of a color image its luminance.

    Raises:
        ImageError: when the syntax has no decoder here, or the pixel data are cut short or damaged.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax not in (*BITS_AS_THEY_LIE, *COMPRESSED):
        raise ImageError(
            f"{path}: transfer syntax {syntax.name}. Expected an uncompressed, RLE, JPEG, JPEG-LS or JPEG 2000 file; "
            "export it again in one of these."
        )
    try:
        if not is_compressed(dataset):
            values = _run_length(dataset) if syntax == uid.RLELossless else _by_pydicom(dataset, "")
            values = _meant_bits(values, dataset, notes)
            return values if values.ndim == 2 else gray_of(values, _photometric(dataset), _bits(dataset), notes)
        stream, found = compressed_stream(dataset, notes)
        return _clipped(_decompressed(stream, found, dataset, notes), found, dataset, notes)
    except Exception as error:  # each decoder raises its own
        why = str(error).strip().split("\n")[-1].strip()
        raise undecodable(path, syntax, "the stream is damaged" if "NoneType" in why else why) from error


def follow_stream(path: Path, dataset: pydicom.FileDataset, notes: list[str]) -> None:
    """Let the header of a compressed stream correct the file's; see `dicom_codestream.follow`.

    Raises:
        ImageError: when the stream is cut short, or of another size than the header says.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        follow(dataset, compressed_stream(dataset, [])[1], notes)
    except Exception as error:  # pydicom raises what its parser stumbles over
        raise undecodable(path, syntax, str(error).strip()) from error


def undecodable(path: Path, syntax: uid.UID, why: str) -> ImageError:
    """The error for pixel data that are damaged, or that no decoder here takes."""
    return ImageError(
        f"{path}: its pixels ({syntax.name}) cannot be decoded: {why}. Expected whole pixel data; fetch the file "
        "again, or export it uncompressed."
    )


def _decompressed(stream: bytes, found: Codestream, dataset: pydicom.FileDataset, notes: list[str]) -> NDArray[Any]:
    """(H, W), of color the luminance."""
    photometric = _photometric(dataset)
    if found.kind == "jpeg" and found.bits == 8:
        if found.components == 3:
            return jpeg_luminance(stream, found, photometric, notes)
        pixels, odd = decode_jpeg(stream, found, "GRAY")
        notes.extend(odd)
        return pixels
    if found.kind == "jpeg":
        return jpeg_extended(stream, found)
    if found.kind == "lossless":
        check_lossless(stream, found)
    if (
        found.longest_zeros is not None
        and 0 < found.longest_zeros < len(stream)
        and bytes(found.longest_zeros) in stream
    ):
        raise ValueError("zeros stand where compressed data should")
    dataset.PixelData = encapsulate([stream])
    if found.components == 1:
        return _by_pydicom(dataset, PLUGINS[found.kind])
    dataset.PhotometricInterpretation = "RGB"  # so that pydicom leaves the components as they are
    parts = _by_pydicom(dataset, PLUGINS[found.kind])
    dataset.PhotometricInterpretation = photometric
    is_ybr = photometric in ("YBR_FULL", "YBR_FULL_422") and not found.mixed
    return gray_of(parts, "YBR_FULL" if is_ybr else "RGB", found.bits, notes)


def _by_pydicom(dataset: pydicom.FileDataset, plugin: str) -> NDArray[Any]:
    # Where no decoder has looked at the bits, pydicom would cut them without regard to HighBit; `_meant_bits` does it.
    is_cut = dataset.file_meta.TransferSyntaxUID not in BITS_AS_THEY_LIE
    return np.asarray(pixel_array(dataset, raw=True, decoding_plugin=plugin, correct_unused_bits=is_cut))


def _run_length(dataset: pydicom.FileDataset) -> NDArray[Any]:
    """RLE by pydicom, which fills up nothing, but drops in silence what a damaged segment holds too much."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        values = _by_pydicom(dataset, "pydicom")
    stream = next(generate_frames(dataset.PixelData, number_of_frames=1))
    padding = len(stream) - len(stream.rstrip(b"\0"))
    for warning in said:
        lengths = LONGER.search(str(warning.message))
        if lengths and int(lengths[1]) - int(lengths[2]) > max(1, padding):
            raise ValueError(f"a run-length segment gives {lengths[1]} bytes instead of {lengths[2]}")
    return values


def _meant_bits(values: NDArray[Any], dataset: pydicom.FileDataset, notes: list[str]) -> NDArray[Any]:
    """The stored bits alone: old files keep overlays or rubbish in the bits above."""
    allocated, bits, high = values.dtype.itemsize * 8, _bits(dataset), int(dataset.get("HighBit", 0) or 0)
    if bits >= allocated:
        return values
    if not bits - 1 <= high < allocated:
        notes.append(f"HighBit: {high} cannot be, with {bits} of {allocated} bits stored; taken as {bits - 1}")
        high = bits - 1
    if high >= bits and int(values.min()) >= 0 and int(values.max()) < 2**bits:
        notes.append(f"HighBit: {high}, but the values fill the lowest {bits} bits")
        high = bits - 1
    shifted: NDArray[Any] = values << (allocated - 1 - high)
    return shifted >> (allocated - bits)  # brings the sign back


def _clipped(values: NDArray[Any], found: Codestream, dataset: pydicom.FileDataset, notes: list[str]) -> NDArray[Any]:
    """Within the stored bits, beyond which a lossy code may overshoot."""
    bits = _bits(dataset)
    if bits >= values.dtype.itemsize * 8:
        return values
    low = -(2 ** (bits - 1)) if int(dataset.PixelRepresentation) else 0
    clipped = np.asarray(np.clip(values, low, low + 2**bits - 1))
    if found.bits > bits and np.count_nonzero(clipped != values) > MOST_OVERSHOOT * values.size:
        notes.append(f"BitsStored: the header says {bits}, the compressed stream {found.bits}, which counts")
        dataset.BitsStored, dataset.HighBit = found.bits, found.bits - 1
        return values
    return clipped


def _bits(dataset: pydicom.FileDataset) -> int:
    return int(dataset.BitsStored)


def _photometric(dataset: pydicom.FileDataset) -> str:
    return str(dataset.PhotometricInterpretation)
