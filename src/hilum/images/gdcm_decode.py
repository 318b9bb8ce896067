"""JPEG Extended of 12 bits by GDCM, asked directly."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hilum.images.codestream import Codestream

EXTENDED = "1.2.840.10008.1.2.4.51"


def jpeg_extended(stream: bytes, found: Codestream) -> NDArray[Any]:
    """(H, W) uint16 of a gray stream.

    pydicom refuses 12 bits, because GDCM cuts the values to the stored bits and an overshoot of the lossy code would
    come back as 0. Told that all 16 bits are meant, GDCM cuts nothing.

    Raises:
        ValueError: when the stream is damaged or has several components.
    """
    import gdcm

    if found.components != 1:
        raise ValueError(f"12 bits in {found.components} components")
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(stream + bytes(len(stream) % 2))
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((found.width, found.height, 1))
    image.SetDataElement(element)
    gray = gdcm.PhotometricInterpretation.MONOCHROME2
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(gray))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(EXTENDED)))
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, 16, 15, 0))
    decoded = image.GetBuffer()
    if decoded is None:
        raise ValueError("the stream is damaged")
    values = np.frombuffer(decoded.encode("utf-8", "surrogateescape"), "<u2")
    return values.reshape(found.height, found.width)
