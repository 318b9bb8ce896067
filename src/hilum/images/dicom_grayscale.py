"""From stored values to what the radiologist sees: the grayscale pipeline of DICOM.

stored values -> modality LUT or rescale -> VOI LUT or window -> presentation LUT (or its shape) -> [0, 1], 1 = bright

Source: DICOM PS3.3 C.11.1 (modality), C.11.2 (values of interest), C.11.6 (presentation), C.7.5.1.1.2 (padding).
"""

import math
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray

Values = NDArray[Any]


def to_display(stored: NDArray[np.integer], dataset: pydicom.Dataset) -> NDArray[Any]:
    """The image in [0, 1], 1 = bright.

    Values of interest are chosen by the first that the file gives of: VOI LUT; window (the first one; LINEAR,
    LINEAR_EXACT or SIGMOID); the range of the modality LUT's output; the full range of 8 stored bits; else the range
    of the values that stand in the image, padding left out, because files of more bits seldom use them all.
    Padding is black.

    Args:
        stored: (H, W) stored values of 8 to 16 bits.
        dataset: the image's header.

    Returns:
        (H, W) uint8 where every value is a multiple of 1/255 (an 8-bit image that asks for nothing), otherwise float32.
    """
    padding = padding_mask(stored, dataset)
    meant = stored if padding is None else stored[~padding]
    darkest = int(stored.min())
    # Each stored value has one gray value: the formulas run over the values, not over the pixels.
    values = np.arange(darkest, int(stored.max()) + 1)
    shown = _values_of_interest(values, (int(meant.min()), int(meant.max())), dataset)
    gray = _narrowed(_presented(shown, dataset))[stored.astype(np.int32) - darkest]
    if padding is not None:
        gray[padding] = 0
    return gray


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
        return (1 + np.tanh(2 * (x - center) / width)) / 2  # 1 / (1 + exp(-4 …)) that cannot overflow
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
    usable = math.isfinite(center) and math.isfinite(width) and (width >= 1 or (width > 0 and function != "LINEAR"))
    return (center, width, function) if usable else None


def _values_of_interest(stored: Values, ends: tuple[int, int], dataset: pydicom.Dataset) -> Values:
    """Stored values in [0, 1]; `ends` are the least and the largest that stand in the image, padding left out."""
    values = _modality(stored, dataset)
    chosen = first_window(dataset)
    if dataset.get("VOILUTSequence"):
        return _lookup(values, dataset.VOILUTSequence[0], dataset) / _largest(dataset.VOILUTSequence[0])
    if chosen is not None:
        return window(values, *chosen)
    low, high = _full_range(ends, dataset)
    return np.clip((values - low) / ((high - low) or 1.0), 0, 1)


def _modality(stored: Values, dataset: pydicom.Dataset) -> Values:
    if dataset.get("ModalityLUTSequence"):
        return _lookup(stored, dataset.ModalityLUTSequence[0], dataset)
    slope, intercept = dataset.get("RescaleSlope"), dataset.get("RescaleIntercept")
    return stored * float(1 if slope is None else slope) + float(intercept or 0)


def _full_range(ends: tuple[int, int], dataset: pydicom.Dataset) -> tuple[float, float]:
    """What is black and what is white where the file asks for no window."""
    if dataset.get("ModalityLUTSequence"):
        return 0.0, float(_largest(dataset.ModalityLUTSequence[0]))
    if int(dataset.BitsStored) == 8:
        ends = (-128, 127) if int(dataset.PixelRepresentation) else (0, 255)
    low, high = np.sort(_modality(np.array(ends), dataset))
    return float(low), float(high)


def _presented(shown: Values, dataset: pydicom.Dataset) -> Values:
    """By the presentation LUT, whose entries divide [0, 1] evenly; or by its shape."""
    if not dataset.get("PresentationLUTSequence"):
        return 1 - shown if _is_inverted(dataset) else shown
    item = dataset.PresentationLUTSequence[0]
    last = (int(item.LUTDescriptor[0]) or 65536) - 1
    return _lookup(shown * last, item, dataset) / _largest(item)


def _lookup(values: Values, item: pydicom.Dataset, dataset: pydicom.Dataset) -> Values:
    """Values through a lookup table; below its first and above its last entry those two hold.

    Source: DICOM PS3.3 C.11.1.1 and C.11.2.1.1.
    """
    first, data = int(item.LUTDescriptor[1]), item.LUTData
    if first > 32767 and int(dataset.PixelRepresentation):
        first -= 65536  # a negative number that was written as an unsigned one
    if isinstance(data, bytes):
        order = "<" if dataset.file_meta.TransferSyntaxUID.is_little_endian else ">"
        data = np.frombuffer(data, f"{order}u2")
    table = np.asarray(data, np.float64)[: int(item.LUTDescriptor[0]) or 65536]
    return table[np.clip(np.rint(values).astype(np.int64) - first, 0, len(table) - 1)]


def _is_inverted(dataset: pydicom.Dataset) -> bool:
    """Whether small values are bright: the presentation LUT shape says so, or without one MONOCHROME1.

    In a DX file both say the same thing, once: MONOCHROME1 goes with INVERSE.
    """
    shape = str(dataset.get("PresentationLUTShape", "") or "")
    return (
        shape == "INVERSE" if shape in ("IDENTITY", "INVERSE") else dataset.PhotometricInterpretation == "MONOCHROME1"
    )


def _largest(table: pydicom.Dataset) -> int:
    """The largest value that a lookup table can give, by the bits of its descriptor."""
    return int(2 ** int(table.LUTDescriptor[2])) - 1


def _narrowed(shown: Values) -> Values:
    """The same values as uint8 where that loses nothing, else as float32."""
    shown = np.clip(shown, 0, 1)  # a table may hold more than its descriptor says
    levels = np.rint(shown * 255)
    return levels.astype(np.uint8) if np.allclose(levels, shown * 255, rtol=0, atol=1e-6) else shown.astype(np.float32)
