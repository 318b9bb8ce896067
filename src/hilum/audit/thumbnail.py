"""Thumbnails: the small form of an image in which its copies look alike and other images do not.

A copy differs from its image in size, compression, gray scale and border. What it keeps is structure: where it is
brighter or darker than its surroundings. So both the signature (for searching) and the comparison (for confirming)
look at local contrast alone.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from hilum.images import Preprocess

SIDE = 128  # pixels; at this size two images of one patient differ clearly, and 100,000 thumbnails take 1.6 GB of disk
SIGNATURE_SIDE = 64
SIGNATURE_COARSE = 5.0  # pixels at 64: structures larger than this (the body's outline, the exposure) are left out
BITS = 256
EVEN_LEVELS = 12  # of 255: a row of a border varies less than this, also after JPEG
LEAST_BORDER = 0.01  # of the side: thinner borders do no harm
LEAST_INSIDE = 0.5  # of the side: an image that is mostly border is left as it is
LEAST_CONTRAST = 0.01  # of the gray scale: local contrast below this is noise, not structure
LEAST_DEVIATION = 2.0  # of 255: an evenly gray image has no structure to compare

_SHRINK = Preprocess.model_validate({"size": SIDE})


def thumbnails(gray: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """The image at 128 pixels and, where it has an even border, once more without it; nothing for a blank image.

    Args:
        gray: (H, W) uint8, 1 = bright.

    Returns:
        One or two (128, 128) uint8, squashed to the square.
    """
    whole = shrink(gray)
    if float(whole.std()) < LEAST_DEVIATION:
        return []
    top, bottom, left, right = inside(gray)
    height, width = gray.shape
    border = max(top / height, 1 - bottom / height, left / width, 1 - right / width)
    kept = min((bottom - top) / height, (right - left) / width)
    if border < LEAST_BORDER or kept < LEAST_INSIDE:
        return [whole]
    return [whole, shrink(gray[top:bottom, left:right])]


def shrink(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The image at 128 x 128 pixels, squashed to the square."""
    return _SHRINK.shrink(gray)


def inside(gray: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of what lies inside an even border (of any gray value); ends are exclusive.

    >>> image = np.zeros((6, 8), np.uint8)
    >>> image[1:5, 2:8] = np.arange(24).reshape(4, 6) * 10
    >>> inside(image)
    (1, 5, 2, 8)
    """
    top, bottom = _uneven(gray.max(axis=1).astype(int) - gray.min(axis=1))
    rows = gray[top:bottom]
    left, right = _uneven(rows.max(axis=0).astype(int) - rows.min(axis=0))
    return top, bottom, left, right


def _uneven(spread: NDArray[np.int_]) -> tuple[int, int]:
    places = np.flatnonzero(spread > EVEN_LEVELS)
    return (int(places[0]), int(places[-1]) + 1) if len(places) else (0, len(spread))


def structure(image: NDArray[np.float32], fine: float, coarse: float) -> NDArray[np.float32]:
    """Local contrast between two scales: band-pass, divided by how strong it is around each pixel.

    A change of brightness, contrast or gamma changes it little, as each of them is nearly linear within a small patch.

    Args:
        image: (h, w) in [0, 1].
        fine: deviation of the Gaussian that takes noise away, in pixels; 0 for none.
        coarse: deviation of the Gaussian that is taken off, in pixels.

    Returns:
        (h, w), about mean 0 and deviation 1; near 0 where the image is even.
    """
    detail = (_blur(image, fine) if fine else image) - _blur(image, coarse)
    strength = np.sqrt(_blur(detail * detail, 2 * coarse))
    return np.asarray(detail / (strength + LEAST_CONTRAST), np.float32)


def _blur(image: NDArray[np.float32], deviation: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), deviation, borderType=cv2.BORDER_REFLECT), np.float32)


def at(thumbnail: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    """The thumbnail at a smaller side, in [0, 1]."""
    image = thumbnail.astype(np.float32) / np.float32(255)
    return np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), np.float32)


def signature(thumbnail: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """256 bits by which copies of an image find each other: the signs of low cosine frequencies of its structure.

    Bits follow each other in diagonals of the spectrum and are dealt to the 16 words of 16 bits in turn, so that each
    word holds low and high frequencies and no word is the same for all chests.

    Returns:
        (4,) uint64; copies differ in few bits, different images in about half.
    """
    spectrum = cv2.dct(structure(at(thumbnail, SIGNATURE_SIDE), 0.0, SIGNATURE_COARSE))  # orthonormal
    return _packed(spectrum[_ROWS, _COLUMNS] > 0)


def _packed(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    return np.packbits(bits.reshape(BITS // 16, 16).T, bitorder="little").view(np.uint64)


def _lowest_frequencies() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    rows, columns = np.mgrid[:24, :24]
    order = np.argsort((rows**2 + columns**2).ravel(), kind="stable")[1 : BITS + 1]  # without the mean
    return rows.ravel()[order], columns.ravel()[order]


_ROWS, _COLUMNS = _lowest_frequencies()
MIRROR = _packed(_COLUMNS % 2 == 1)  # the bits that turn over when left and right change places
INVERT = _packed(_COLUMNS >= 0)  # and when black and white do: all
