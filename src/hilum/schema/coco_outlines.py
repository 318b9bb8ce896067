"""COCO's `segmentation` of a box: polygons, or run lengths as a list or packed into text."""

from typing import Any

import numpy as np

from hilum.schema.errors import DataError
from hilum.schema.outlines import CORNERS, outline_text

FIRST = 48  # the character that stands for nothing
BITS, MORE, NEGATIVE = 5, 0x20, 0x10  # of a packed number's character: how many it carries, and what the others say


def outline_of(segmentation: Any) -> tuple[str | float, str | float]:
    """The cells `outline` and `rle` of a box, the latter in the order `columns`; NaN for what it does not have.

    Args:
        segmentation: flat lists of x and y; `{counts, size}`; or nothing.

    Raises:
        DataError: when it is something else.
    """
    if not segmentation:
        return np.nan, np.nan
    if isinstance(segmentation, dict):
        return np.nan, _runs(segmentation.get("counts"))
    polygons = segmentation if isinstance(segmentation, list) else [segmentation]
    if not all(_is_polygon(one) for one in polygons):
        raise DataError(f"the segmentation {str(segmentation)[:40]}. Expected lists of x and y, or counts and size.")
    return outline_text(polygons), np.nan


def _is_polygon(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) >= 2 * CORNERS
        and len(value) % 2 == 0
        and all(isinstance(one, (int, float)) and np.isfinite(one) for one in value)
    )


def _runs(counts: Any) -> str:
    """Runs outside and inside by turns, down the columns; the last, outside, says nothing."""
    numbers = unpacked(counts) if isinstance(counts, str) else counts
    if not isinstance(numbers, list) or not all(isinstance(one, int) and one >= 0 for one in numbers):
        raise DataError(f"the counts {str(counts)[:40]}. Expected COCO's run lengths, as a list or as text.")
    return " ".join(map(str, numbers[: len(numbers) // 2 * 2]))


def unpacked(text: str) -> list[int]:
    """The counts of COCO's packed text: five bits a character, and from the third on the change against two before.

    Source: `rleFrString` of pycocotools.

    >>> unpacked("322")
    [3, 2, 2]
    """
    numbers: list[int] = []
    value, shift = 0, 0
    for character in text:
        bits = ord(character) - FIRST
        value |= (bits & (MORE - 1)) << shift
        shift += BITS
        if bits & MORE:
            continue
        value -= (1 << shift) if bits & NEGATIVE else 0
        numbers.append(value + (numbers[-2] if len(numbers) > 2 else 0))
        value, shift = 0, 0
    return numbers
