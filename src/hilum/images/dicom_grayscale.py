"""From stored values to what the radiologist sees: the grayscale pipeline of DICOM.

stored values -> modality LUT or rescale -> VOI LUT or window -> presentation LUT (or its shape) -> [0, 1], 1 = bright

Source: DICOM PS3.3 C.11.1 (modality), C.11.2 (values of interest), C.11.6 (presentation), C.7.5.1.1.2 (padding).
"""

from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.pixels.processing import apply_modality_lut, apply_voi

Values = NDArray[Any]


def to_display(stored: NDArray[np.integer], dataset: pydicom.Dataset) -> NDArray[Any]:
    """The film in [0, 1], 1 = bright.

    Values of interest are chosen by the first that the file gives of: VOI LUT; window (the first one; LINEAR,
    LINEAR_EXACT or SIGMOID); the range of the modality LUT's output; the full range 0 … 255 of 8 stored bits; else
    the range of the values that stand in the film, padding left out, because files of more bits seldom use them all.
    Padding is black.

    Args:
        stored: (H, W) stored values.
        dataset: the film's header.

    Returns:
        (H, W) uint8 (0 … 255) where the file holds 8 bits and asks for nothing else, otherwise float32.
    """
    stored = _significant(stored, dataset)
    padding = padding_mask(stored, dataset)
    inverted = _is_inverted(dataset)
    if _is_plain_8bit(dataset):
        plain = stored.astype(np.uint8)
        gray = 255 - plain if inverted else plain
        return gray if padding is None else np.where(padding, np.uint8(0), gray)
    shown = _values_of_interest(apply_modality_lut(stored, dataset), padding, dataset)
    shown = _presented(shown, inverted, dataset)
    if padding is not None:
        shown = np.where(padding, 0, shown)
    return shown.astype(np.float32)


def window(values: Values, center: float, width: float, function: str = "LINEAR") -> NDArray[np.float64]:
    """Values of interest by a window, to [0, 1].

    Args:
        values: (H, W), after the modality LUT.
        center: of the window.
        width: of the window: at least 1 for LINEAR, above 0 for the others.
        function: `LINEAR`, `LINEAR_EXACT` or `SIGMOID`.

    Source: DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3.

    >>> window(np.array([0.0, 2048, 4095]), 2048, 4096).round(3).tolist()
    [0.0, 0.5, 1.0]
    """
    x = np.asarray(values, np.float64)
    if function == "SIGMOID":
        return 1 / (1 + np.exp(-4 * (x - center) / width))
    if function == "LINEAR_EXACT":
        return np.clip((x - center) / width + 0.5, 0, 1)
    if width == 1:  # the formula's division by width - 1: a threshold
        return (x > center - 0.5).astype(np.float64)
    return np.clip((x - (center - 0.5)) / (width - 1) + 0.5, 0, 1)


def padding_mask(stored: NDArray[np.integer], dataset: pydicom.Dataset) -> NDArray[np.bool_] | None:
    """Where the stored values are padding (Pixel Padding Value up to its Range Limit); None when nowhere."""
    value = dataset.get("PixelPaddingValue")
    if value is None:
        return None
    limit = dataset.get("PixelPaddingRangeLimit")
    low, high = sorted((int(value), int(value if limit is None else limit)))
    mask = (stored >= low) & (stored <= high)
    return mask if mask.any() and not mask.all() else None


def first_window(dataset: pydicom.Dataset) -> tuple[float, float, str] | None:
    """Center, width and function of the first window; None without one, or when its width is none at all."""
    center, width = (dataset.get(name) for name in ("WindowCenter", "WindowWidth"))
    if center in (None, "") or width in (None, ""):
        return None
    center, width = (
        float(value[0] if isinstance(value, pydicom.multival.MultiValue) else value) for value in (center, width)
    )
    function = str(dataset.get("VOILUTFunction", "LINEAR") or "LINEAR").upper()
    if function not in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        function = "LINEAR"
    return (center, width, function) if width >= (1 if function == "LINEAR" else np.finfo(float).tiny) else None


def _significant(stored: NDArray[np.integer], dataset: pydicom.Dataset) -> NDArray[np.integer]:
    """The stored bits alone: old files keep overlays or rubbish in the bits above the highest one."""
    allocated, bits, high = stored.dtype.itemsize * 8, int(dataset.BitsStored), int(dataset.HighBit)
    if bits == allocated or dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return stored
    return (stored << (allocated - 1 - high)) >> (allocated - bits)  # the second shift brings the sign back


def _is_plain_8bit(dataset: pydicom.Dataset) -> bool:
    """8 unsigned bits, and no transformation that would change them."""
    asked = ("ModalityLUTSequence", "VOILUTSequence", "PresentationLUTSequence")
    slope, intercept = float(dataset.get("RescaleSlope", 1) or 1), float(dataset.get("RescaleIntercept", 0) or 0)
    plain = int(dataset.BitsStored) == 8 and not int(dataset.PixelRepresentation) and (slope, intercept) == (1, 0)
    return plain and first_window(dataset) is None and not any(dataset.get(name) for name in asked)


def _values_of_interest(values: Values, padding: NDArray[np.bool_] | None, dataset: pydicom.Dataset) -> Values:
    chosen = first_window(dataset)
    if dataset.get("VOILUTSequence"):
        table = dataset.VOILUTSequence[0]
        return np.asarray(apply_voi(np.rint(values).astype(np.int64), dataset, index=0) / _largest(table))
    if chosen is not None:
        return window(values, *chosen)
    low, high = _full_range(values, padding, dataset)
    return np.asarray(np.clip((values - low) / ((high - low) or 1.0), 0, 1))


def _full_range(values: Values, padding: NDArray[np.bool_] | None, dataset: pydicom.Dataset) -> tuple[float, float]:
    """What is black and what is white where the file asks for no window."""
    if dataset.get("ModalityLUTSequence"):
        return 0.0, float(_largest(dataset.ModalityLUTSequence[0]))
    if int(dataset.BitsStored) > 8:
        meant = values if padding is None else values[~padding]
        return float(meant.min()), float(meant.max())
    ends = np.array([-128, 127] if int(dataset.PixelRepresentation) else [0, 255])
    ends = np.sort(apply_modality_lut(ends, dataset))
    return float(ends[0]), float(ends[1])


def _largest(table: pydicom.Dataset) -> int:
    """The largest value that a lookup table can give, by the bits of its descriptor."""
    return int(2 ** int(table.LUTDescriptor[2])) - 1


def _presented(shown: Values, inverted: bool, dataset: pydicom.Dataset) -> Values:
    """The presentation LUT, whose entries divide [0, 1] evenly; or its shape."""
    if not dataset.get("PresentationLUTSequence"):
        return 1 - shown if inverted else shown
    item = dataset.PresentationLUTSequence[0]
    entries = int(item.LUTDescriptor[0]) or 65536
    data = item.LUTData
    table = np.frombuffer(data, "<u2") if isinstance(data, bytes) else np.asarray(data)
    return np.asarray(table[np.rint(shown * (entries - 1)).astype(np.int64)] / _largest(item))


def _is_inverted(dataset: pydicom.Dataset) -> bool:
    """Whether small values are bright: the presentation LUT shape says so, or without one MONOCHROME1.

    In a DX file both say the same thing, once: MONOCHROME1 goes with INVERSE.
    """
    shape = str(dataset.get("PresentationLUTShape", "") or "")
    return (
        shape == "INVERSE" if shape in ("IDENTITY", "INVERSE") else dataset.PhotometricInterpretation == "MONOCHROME1"
    )
