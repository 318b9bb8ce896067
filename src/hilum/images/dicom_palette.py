"""Palette images: each stored value names a color."""

from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.pixels.processing import apply_color_lut

from hilum.images.dicom_lookup import palette_table

WEIGHTS = {"Red": 0.299, "Green": 0.587, "Blue": 0.114}  # of luminance: ITU-R BT.601


def palette_luminance(stored: NDArray[np.integer], dataset: pydicom.FileDataset, notes: list[str]) -> NDArray[Any]:
    """(H, W) float32 in [0, 1], 1 = white by the bits of the palette's entries.

    Raises:
        ImageError: for a palette without entries or of 0 bits.
    """
    if "SegmentedRedPaletteColorLookupTableData" in dataset:
        colors = np.asarray(apply_color_lut(stored, dataset))
        white = np.float32(np.iinfo(colors.dtype).max)
        return np.asarray(colors[..., :3] @ np.array(list(WEIGHTS.values()), np.float32) / white, np.float32)
    darkest = int(stored.min())
    values = np.arange(darkest, int(stored.max()) + 1)
    tables = {color: palette_table(dataset, color, values, notes) for color in WEIGHTS}
    full = max(table.largest for table in tables.values())
    light = np.zeros(len(values))
    for color, table in tables.items():
        light += WEIGHTS[color] * np.clip(table(values) / full, 0, 1)
    return light.astype(np.float32)[stored.astype(np.int32) - darkest]
