"""From a DICOM file's bytes to its stored values: which decoder for which transfer syntax.

Each syntax has one decoder, named here, so that the same file gives the same values wherever Hilum is installed,
whatever other decoders pydicom would find. All of them have permissive licenses (docs/decisions/0002).
"""

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import uid
from pydicom.encaps import generate_frames
from pydicom.pixels.utils import pixel_array

from hilum.images.dicom_size import coded_size
from hilum.schema import ImageError

PLUGINS = {
    uid.JPEGBaseline8Bit: "pillow",  # libjpeg-turbo: a third of GDCM's time
    uid.JPEGLossless: "gdcm",
    uid.JPEGLosslessSV1: "gdcm",
    uid.JPEGLSLossless: "gdcm",
    uid.JPEGLSNearLossless: "gdcm",
    uid.JPEG2000Lossless: "pylibjpeg",  # OpenJPEG
    uid.JPEG2000: "pylibjpeg",
    uid.HTJ2KLossless: "pylibjpeg",
    uid.HTJ2KLosslessRPCL: "pylibjpeg",
    uid.HTJ2K: "pylibjpeg",
    uid.RLELossless: "pydicom",
}
NATIVE = (
    uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
)  # fmt: skip
BITS_AS_THEY_LIE = (*NATIVE, uid.RLELossless)  # no decoder has looked at which of the allocated bits are meant
END_OF_STREAM = b"\xff\xd9"  # last two bytes of every JPEG, JPEG-LS and JPEG 2000 stream


def stored_values(path: Path, dataset: pydicom.FileDataset) -> NDArray[Any]:
    """The image's stored values, (H, W) or (H, W, 3) RGB, each within its stored bits.

    Raises:
        ImageError: when the syntax has no decoder here, or the pixel data are cut short or damaged.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax not in (*NATIVE, *PLUGINS, uid.JPEGExtended12Bit):
        raise ImageError(
            f"{path}: transfer syntax {syntax.name}. Expected an uncompressed, RLE, JPEG, JPEG-LS or JPEG 2000 file; "
            "export it again in one of these."
        )
    try:
        if syntax not in BITS_AS_THEY_LIE:
            _check_stream(next(generate_frames(dataset.PixelData, number_of_frames=1)), dataset)
        values = _jpeg_extended(dataset) if syntax == uid.JPEGExtended12Bit else _by_pydicom(dataset)
    except Exception as error:  # each decoder raises its own
        raise _undecodable(path, syntax, str(error).strip().split("\n")[-1].strip()) from error
    return _within_stored_bits(values, dataset, exactly=syntax in BITS_AS_THEY_LIE)


def _check_stream(stream: bytes, dataset: pydicom.FileDataset) -> None:
    """Refuse, before it is decoded, a stream that is cut short or that would unpack to another size than announced."""
    if END_OF_STREAM not in stream[-64:]:
        raise ValueError("the compressed stream ends too early")
    size = coded_size(stream)
    if size != (dataset.Columns, dataset.Rows):
        raise ValueError(f"the stream's size {size} is not the header's {(dataset.Columns, dataset.Rows)}")


def _by_pydicom(dataset: pydicom.FileDataset) -> NDArray[Any]:
    plugin = PLUGINS.get(dataset.file_meta.TransferSyntaxUID, "")
    return np.asarray(pixel_array(dataset, decoding_plugin=plugin))


def _jpeg_extended(dataset: pydicom.FileDataset) -> NDArray[Any]:
    """JPEG Extended of 8 or 12 bits by GDCM.

    pydicom refuses 12 bits, because GDCM cuts the values to the stored bits and an overshoot of the lossy code would
    come back as 0. Told that all 16 bits are meant, GDCM cuts nothing.
    """
    import gdcm

    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(next(generate_frames(dataset.PixelData, number_of_frames=1)))
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((dataset.Columns, dataset.Rows, 1))
    image.SetDataElement(element)
    gray = gdcm.PhotometricInterpretation.MONOCHROME2
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(gray))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(str(uid.JPEGExtended12Bit))))
    bits = int(dataset.BitsAllocated)
    image.SetPixelFormat(gdcm.PixelFormat(1, bits, bits, bits - 1, int(dataset.PixelRepresentation)))
    decoded = image.GetBuffer()
    if decoded is None:
        raise ValueError("the stream is damaged")
    values = np.frombuffer(
        decoded.encode("utf-8", "surrogateescape"), f"<{'ui'[dataset.PixelRepresentation]}{bits // 8}"
    )
    return values.reshape(dataset.Rows, dataset.Columns)


def _within_stored_bits(values: NDArray[Any], dataset: pydicom.FileDataset, *, exactly: bool) -> NDArray[Any]:
    """The stored bits alone: old files keep overlays or rubbish in the bits above; a lossy code may overshoot."""
    allocated, bits, high = values.dtype.itemsize * 8, int(dataset.BitsStored), int(dataset.HighBit)
    if bits >= allocated:
        return values
    if exactly:
        shifted: NDArray[Any] = values << (allocated - 1 - high)
        return shifted >> (allocated - bits)  # brings the sign back
    low = -(2 ** (bits - 1)) if int(dataset.PixelRepresentation) else 0
    return np.asarray(np.clip(values, low, low + 2**bits - 1))


def _undecodable(path: Path, syntax: uid.UID, why: str) -> ImageError:
    return ImageError(
        f"{path}: its pixels ({syntax.name}) cannot be decoded: {why}. Expected whole pixel data; fetch the file "
        "again, or export it uncompressed."
    )
