"""Which structures the segmentation of a reading holds, and how a report refers to it."""

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.uid import SegmentationStorage

from hilum.outputs.stamp import stable_uid
from hilum.schema import Reading

STRUCTURES, HEATMAPS = 1, 2  # numbers of the two objects within their series


def outlined(reading: Reading) -> dict[str, NDArray[np.bool_]]:
    """The masks that are written, in the order of their segments and frames, which count from 1."""
    return {name: mask for name, mask in reading.masks.items() if mask.any()}


def segmentation_of(reading: Reading, image: pydicom.Dataset) -> pydicom.Dataset:
    """What names the segmentation of a reading's structures: its UIDs, which are known before it is made."""
    named = pydicom.Dataset()
    named.SOPClassUID = SegmentationStorage
    named.SOPInstanceUID = stable_uid(reading, image, "seg", STRUCTURES)
    named.SeriesInstanceUID = stable_uid(reading, image, "seg")
    named.StudyInstanceUID = image.StudyInstanceUID
    return named
