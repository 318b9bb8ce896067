"""Equalization of an image's gray values, before it is resized."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]


def none(pixels: Gray) -> Gray:
    """The image as it is."""
    return pixels


def histogram(pixels: Gray) -> Gray:
    """Spread the gray values so that each is about equally frequent."""
    return np.asarray(cv2.equalizeHist(pixels), np.uint8)


def clahe(pixels: Gray) -> Gray:
    """Equalize in 8 x 8 tiles with clipped histograms, so that noise in an even region is not blown up.

    Clip limit 2 and 8 x 8 tiles are OpenCV's usual values; the tiles' maps are interpolated between their centers.

    Source: Zuiderveld 1994, Graphics Gems IV, 474-485.
    """
    return np.asarray(cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(pixels), np.uint8)


EQUALIZATIONS: dict[str, Callable[[Gray], Gray]] = {"none": none, "histogram": histogram, "clahe": clahe}
