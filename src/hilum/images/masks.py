"""Masks: regions read from files or run lengths, and laid onto the square that a model sees.

Left and right are the patient's: on a frontal image the right lung lies left.
"""

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hilum.images.preprocess import Preprocess
from hilum.images.read import decode, read_bytes
from hilum.schema import DataError, ImageError
from hilum.schema.run_lengths import decode_runs

OTHER_FORMATS = (b"GIF8", b"BM", b"II*\0", b"MM\0*")  # GIF, BMP, TIFF: formats of masks, not of images
SMALLEST = 0.25  # of the larger lung's area: the least that the other must have to be a lung
BENT = 0.02  # share by which proportions may differ, as whole pixels make them


def read_mask(path: str | os.PathLike[str]) -> NDArray[np.bool_]:
    """(H, W), true where the file's pixels are above 0.

    Raises:
        ImageError: when it cannot be read.
    """
    content = read_bytes(path)
    gray = _other_format(Path(path)) if content.startswith(OTHER_FORMATS) else decode(Path(path), content).gray
    return np.asarray(gray > 0)


def region(row: Any, height: int, width: int) -> NDArray[np.bool_]:
    """The region of one row of a table of masks, as wide and high as its file or as the image.

    Args:
        row: with `path`, or `rle` and perhaps `rle_order`, `height` and `width` of the canvas that the runs count.
        height: of the image, pixels, where the row does not say.
        width: of the image, pixels, where the row does not say.
    """
    text = getattr(row, "rle", None)
    if isinstance(text, str):
        canvas = [getattr(row, name, np.nan) for name in ("height", "width")]
        rows, columns = (canvas if np.isfinite(canvas).all() else (height, width))
        order = getattr(row, "rle_order", "rows")
        return decode_runs(text, int(rows), int(columns), order if isinstance(order, str) else "rows")
    return read_mask(row.path)


def resized(mask: NDArray[np.bool_], height: int, width: int, name: str) -> NDArray[np.bool_]:
    """A mask in another size of the same proportions: a pixel is inside where half of it is.

    Args:
        mask: (H, W).
        height: wanted, pixels.
        width: wanted, pixels.
        name: of the mask, for messages.

    Raises:
        DataError: when the proportions differ.
    """
    if mask.shape == (height, width):
        return mask
    if abs(mask.shape[0] * width / (mask.shape[1] * height) - 1) > BENT:
        raise DataError(
            f"{name}: a mask of {mask.shape[1]} x {mask.shape[0]} pixels for an image of {width} x {height}. "
            "Expected the image's size, or its proportions."
        )
    shrinks = mask.shape[0] > height
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(mask.astype(np.float32), (width, height), interpolation=method) >= 0.5)


def on_square(mask: NDArray[np.bool_], preprocess: Preprocess) -> NDArray[np.bool_]:
    """(size, size): the mask where a model sees its image; outside the image there is nothing."""
    plain = preprocess.model_copy(update={"equalize": "none"})
    return plain.shrink(mask.astype(np.uint8) * 255) >= 128


def sides(lungs: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """The right and the left lung of a mask of both, on a frontal image: its two largest parts, in their order.

    Smaller parts go to the lung they lie nearer to, by their middle.

    Args:
        lungs: (H, W).

    Returns:
        Two masks (H, W), the patient's right first; None where the mask does not fall into two lungs.

    >>> both = np.zeros((8, 9), bool)
    >>> both[1:7, 1:4] = both[1:7, 5:8] = True
    >>> right, left = sides(both)
    >>> right[:, :4].sum(), right[:, 4:].sum(), left[:, 4:].sum()
    (np.int64(18), np.int64(0), np.int64(18))
    """
    count, labels, facts, centers = cv2.connectedComponentsWithStats(lungs.astype(np.uint8), connectivity=4)
    areas = facts[1:, cv2.CC_STAT_AREA]
    if count < 3:
        return None
    first, second = np.argsort(-areas, kind="stable")[:2]
    if areas[second] < SMALLEST * areas[first]:
        return None
    ends = sorted(float(centers[1 + place][0]) for place in (first, second))
    nearer_right = np.abs(centers[:, 0] - ends[0]) < np.abs(centers[:, 0] - ends[1])
    nearer_right[0] = False
    right = nearer_right[labels]
    return right, lungs & ~right


def _other_format(path: Path) -> NDArray[Any]:
    from PIL import Image as Pillow

    try:
        with Pillow.open(path) as opened:
            return np.asarray(opened.convert("L"))
    except (OSError, ValueError, SyntaxError) as error:
        raise ImageError(f"{path}: a damaged mask ({error}). Expected a whole file; fetch it again.") from error
