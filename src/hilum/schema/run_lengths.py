"""Run lengths: a region as text, in the two ways in which owners write it."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hilum.schema.errors import DataError

Order = Literal["rows", "columns"]  # of the column `rle_order`
ORDERS: tuple[str, ...] = get_args(Order)
NOTHING = ("", "-1")  # an empty region


def encode_runs(mask: NDArray[np.bool_]) -> str:
    """A region as pairs of (first pixel, length), row by row from the top left, the first pixel being 1: `rows`.

    Args:
        mask: (H, W), true inside.

    Returns:
        The runs in order; `-1` for an empty region.

    >>> encode_runs(np.array([[False, True, True], [True, False, False]]))
    '2 3'
    """
    flat = np.concatenate([[False], np.asarray(mask, bool).ravel(), [False]])
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    edges[1::2] -= edges[::2]
    return " ".join(map(str, edges.tolist())) or "-1"


def decode_runs(text: str, height: int, width: int, order: str = "rows") -> NDArray[np.bool_]:
    """The region that run lengths draw.

    Args:
        text: pairs of numbers; `-1` or nothing for an empty region.
        height: of the image, pixels.
        width: of the image, pixels.
        order: `rows`, pairs of (first pixel, length) row by row, the first being 1, as CheXmask and Hilum write them;
            `columns`, pairs of (pixels to skip since the last run, length) down the columns, as SIIM writes them.

    Returns:
        (height, width), true inside.

    Raises:
        DataError: when they are no such numbers, or do not fit the image.

    >>> decode_runs("2 3", 2, 3).astype(int).tolist()
    [[0, 1, 1], [1, 0, 0]]
    >>> decode_runs("1 2 3 1", 4, 2, "columns").astype(int).T.tolist()
    [[0, 1, 1, 0], [0, 0, 1, 0]]
    """
    if order not in ORDERS:
        raise DataError(f"Run lengths in the order '{order}'. Expected {' or '.join(ORDERS)}.")
    if text.strip() in NOTHING:
        return np.zeros((height, width), np.bool_)
    numbers = numbers_of(text)
    if len(numbers) % 2:
        raise _unfit(text, height, width)
    first, lengths = numbers[::2], numbers[1::2]
    starts = first - 1 if order == "rows" else np.cumsum(first) + np.cumsum(lengths) - lengths
    ends = starts + lengths
    if (numbers < 0).any() or starts.min() < 0 or ends.max() > height * width:
        raise _unfit(text, height, width)
    inside = _drawn(starts, ends, height * width)
    return inside.reshape(height, width) if order == "rows" else inside.reshape(width, height).T


def _drawn(starts: NDArray[np.int64], ends: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    """(size,) true from each start to before its end."""
    if (starts[1:] >= ends[:-1]).all():  # one behind the other, as they mostly are: each stretch at once
        edges = np.stack([starts, ends], axis=1).ravel()
        stretches = np.diff(edges, prepend=0, append=size)
        return np.repeat(np.arange(len(stretches)) % 2 == 1, stretches)
    steps = np.zeros(size + 1, np.int32)
    np.add.at(steps, starts, 1)
    np.add.at(steps, ends, -1)
    return np.asarray(np.cumsum(steps[:-1]) > 0)


def _unfit(text: str, height: int, width: int) -> DataError:
    return DataError(
        f"Run lengths '{text[:40]}' do not fit {height} x {width} pixels. Expected pairs of whole numbers inside them."
    )


def numbers_of(text: str) -> NDArray[np.int64]:
    """The whole numbers of a text.

    Raises:
        DataError: when they are none.
    """
    try:
        return np.array(text.split(), dtype=np.int64)
    except (ValueError, OverflowError) as error:
        raise DataError(f"Run lengths '{text[:40]}' are no numbers. Expected pairs of whole numbers.") from error
