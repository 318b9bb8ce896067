"""From stored values to what the radiologist sees: the grayscale pipeline of DICOM.

stored values -> modality LUT or rescale -> VOI LUT or window -> presentation LUT (or its shape) -> [0, 1], 1 = bright

A step that would turn a varied image into one gray is left out, and that is noted.

Source: DICOM PS3.3 C.11.1 (modality), C.11.2 (values of interest), C.11.6 (presentation), C.7.5.1.1.2 (padding).
"""

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pydicom
from numpy.typing import NDArray

from hilum.images.dicom_facts import numbers
from hilum.images.dicom_lookup import sequence_table
from hilum.images.spread import LEAST_SPREAD, Shares
from hilum.images.window import window

Values = NDArray[Any]
FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


def to_display(stored: NDArray[np.integer], dataset: pydicom.FileDataset, notes: list[str]) -> NDArray[Any]:
    """The image in [0, 1], 1 = bright.

    Values of interest are chosen by the first that the file gives of: VOI LUT; window (LINEAR, LINEAR_EXACT or
    SIGMOID), the next one where the first shows one gray; the range of the modality LUT's output; the full range of 8
    stored bits; else the range of the values that stand in the image, padding left out, because files of more bits
    seldom use them all. Padding is black.

    Args:
        stored: (H, W) stored values of 8 to 16 bits.
        dataset: the image's header.
        notes: gains what was left out, and what contradicts itself.

    Returns:
        (H, W) uint8 where every value is a multiple of 1/255 (an 8-bit image that asks for nothing), otherwise float32.
    """
    padding = padding_mask(stored, dataset)
    darkest = int(stored.min())
    # Each stored value has one gray value: the formulas run over the values, not over the pixels.
    values = np.arange(darkest, int(stored.max()) + 1)
    shares = Shares.of(stored, padding, darkest)
    shown = _presented(_values_of_interest(values, shares, dataset, notes), shares, dataset, notes)
    gray = _looked_up(_narrowed(shown), stored, darkest)
    if padding is not None:
        gray[padding] = 0
    return gray


def padding_mask(stored: NDArray[np.integer], dataset: pydicom.Dataset) -> NDArray[np.bool_] | None:
    """Where the stored values are padding (Pixel Padding Value up to its Range Limit); None when nowhere."""
    value = dataset.get("PixelPaddingValue")
    if not isinstance(value, int):
        return None
    limit = dataset.get("PixelPaddingRangeLimit")
    low, high = sorted((int(value), int(limit if isinstance(limit, int) else value)))
    mask = (stored >= low) & (stored <= high)
    return mask if mask.any() and not mask.all() else None


def windows(dataset: pydicom.Dataset, notes: list[str]) -> list[tuple[float, float, str]]:
    """Center, width and function of each window that is one, in order."""
    function = str(dataset.get("VOILUTFunction", "LINEAR") or "LINEAR").upper()
    function = function if function in FUNCTIONS else "LINEAR"
    least = 1.0 if function == "LINEAR" else math.ulp(0.0)
    pairs = zip(numbers(dataset, "WindowCenter", notes), numbers(dataset, "WindowWidth", notes), strict=False)
    return [(*pair, function) for pair in pairs if math.isfinite(sum(pair)) and pair[1] >= least]


def _values_of_interest(stored: Values, shares: Shares, dataset: pydicom.FileDataset, notes: list[str]) -> Values:
    """Stored values in [0, 1] by the first choice that shows more than one gray, else by the range of the image."""
    values, full = _modality(stored, shares, dataset, notes)
    for name, shown in _choices(values, full, shares, dataset, notes):
        if not shares.is_flat(shown):
            return shown
        notes.append(f"{name}: shows a varied image as one gray, left out")
    low, high = shares.ends(values)
    darkest, brightest = shares.central(values)
    if 0 < brightest - darkest < LEAST_SPREAD * (high - low):
        low, high = darkest, brightest
        notes.append("a few values far from all others are clipped")
    return _ranged(values, low, high)


def _choices(
    values: Values, full: tuple[float, float] | None, shares: Shares, dataset: pydicom.FileDataset, notes: list[str]
) -> Iterator[tuple[str, Values]]:
    """What the file asks for, in order: (the tag's name, the values in [0, 1])."""
    asked = False
    if dataset.get("VOILUTSequence"):
        asked = True
        table = sequence_table(dataset, "VOILUTSequence", shares.present(values), notes)
        yield "VOILUTSequence", table(values) / table.largest
    for number, (center, width, function) in enumerate(windows(dataset, notes), 1):
        asked = True
        name = f"WindowCenter {center:g}, WindowWidth {width:g}" + (f" (window {number})" if number > 1 else "")
        yield name, window(values, center, width, function)
    if not asked and full is not None:
        yield "ModalityLUTSequence" if dataset.get("ModalityLUTSequence") else "BitsStored", _ranged(values, *full)


def _modality(
    stored: Values, shares: Shares, dataset: pydicom.FileDataset, notes: list[str]
) -> tuple[Values, tuple[float, float] | None]:
    """Values after the modality LUT or rescale; and what is black and white where no window is asked for, if known."""
    bounds = None
    if int(dataset.BitsStored) == 8:
        bounds = (-128, 127) if int(dataset.PixelRepresentation) else (0, 255)
    if dataset.get("ModalityLUTSequence"):
        table = sequence_table(dataset, "ModalityLUTSequence", shares.present(stored), notes)
        if not shares.is_flat(table(stored) / table.largest, least=0):
            return table(stored), (0.0, float(table.largest))
        notes.append("ModalityLUTSequence: turns a varied image into one value, left out")
        return stored, bounds
    slope, intercept = _rescale(dataset, notes)
    full = None if bounds is None else tuple(sorted(bound * slope + intercept for bound in bounds))
    return stored * slope + intercept, None if full is None else (full[0], full[1])


def _rescale(dataset: pydicom.FileDataset, notes: list[str]) -> tuple[float, float]:
    slope, intercept = (numbers(dataset, keyword, notes)[:1] for keyword in ("RescaleSlope", "RescaleIntercept"))
    if slope == [0.0]:
        notes.append("RescaleSlope: 0 turns a varied image into one value, taken as 1")
        slope = [1.0]
    return (
        slope[0] if slope and math.isfinite(slope[0]) else 1.0,
        intercept[0] if intercept and math.isfinite(intercept[0]) else 0.0,
    )


def _ranged(values: Values, low: float, high: float) -> Values:
    return np.clip((values - low) / ((high - low) or 1.0), 0, 1)


def _presented(shown: Values, shares: Shares, dataset: pydicom.FileDataset, notes: list[str]) -> Values:
    """By the presentation LUT, whose entries divide [0, 1] evenly; or by its shape."""
    if dataset.get("PresentationLUTSequence"):
        table = sequence_table(dataset, "PresentationLUTSequence", np.zeros(1), notes)
        presented = table(table.first + shown * (len(table.entries) - 1)) / table.largest
        if not shares.is_flat(presented):
            return presented
        notes.append("PresentationLUTSequence: shows a varied image as one gray, left out")
    return 1 - shown if _is_inverted(dataset, notes) else shown


def _is_inverted(dataset: pydicom.Dataset, notes: list[str]) -> bool:
    """Whether small values are bright: MONOCHROME1 says so, and so does the presentation LUT shape INVERSE.

    In a DX file both say the same thing, once: MONOCHROME1 goes with INVERSE. Some writers pair MONOCHROME1 with
    IDENTITY, and their images are negatives unless MONOCHROME1 is followed.
    """
    shape, photometric = str(dataset.get("PresentationLUTShape", "") or ""), str(dataset.PhotometricInterpretation)
    if (photometric, shape) in (("MONOCHROME1", "IDENTITY"), ("MONOCHROME2", "INVERSE")):
        followed = "PhotometricInterpretation" if shape == "IDENTITY" else "PresentationLUTShape"
        notes.append(f"PresentationLUTShape: {shape} contradicts {photometric}; {followed} is followed")
    return photometric == "MONOCHROME1" or shape == "INVERSE"


def _looked_up(gray: Values, stored: NDArray[np.integer], darkest: int) -> Values:
    """(H, W) gray values of stored ones, of which the first entry belongs to the darkest."""
    if stored.dtype != np.uint8:
        found: Values = gray[stored.astype(np.int32) - darkest] if darkest else gray[stored]
        return found
    table = np.zeros(256, gray.dtype)
    table[darkest : darkest + len(gray)] = gray
    return cv2.LUT(np.ascontiguousarray(stored), table)


def _narrowed(shown: Values) -> Values:
    """The same values as uint8 where that loses nothing, else as float32."""
    shown = np.clip(shown, 0, 1)  # a table may hold more than its descriptor says
    levels = np.rint(shown * 255)
    return levels.astype(np.uint8) if np.allclose(levels, shown * 255, rtol=0, atol=1e-6) else shown.astype(np.float32)
