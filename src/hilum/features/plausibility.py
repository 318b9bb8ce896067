"""Can these be the lungs and the heart of a frontal chest image? A mask that cannot gives no number, and no column.

The limits are what 791 outlined images of four hospitals (Montgomery, Shenzhen, JSRT, Wingspan) show between their 1st
and 99th percentile, widened by a quarter and more.
"""

import numpy as np
from numpy.typing import NDArray

from hilum.features.shape import bounds, center, overlap, solidity

LUNGS_SHARE = (0.07, 0.60)  # of the image; outlined: 0.13 to 0.41
LUNG_RATIO = (0.35, 2.0)  # left over right area; outlined: 0.57 to 1.30
ASPECT = (0.8, 4.0)  # height over width of a lung; outlined: 1.24 to 2.83
SOLID = 0.50  # least solidity of a lung; outlined: 0.72
SHARED = 0.02  # most that the lungs may overlap; outlined: 0
LEVEL = 0.30  # most that the lungs' middles may differ in height, of the right lung's height; outlined: 0.12
APART = (0.40, 0.75)  # distance of the lungs' middles over the thorax' width; outlined: 0.52 to 0.61
HEART_SHARE = (0.12, 1.3)  # heart's over lungs' area; outlined: 0.21 to 0.85
HEART_ACROSS = (0.38, 0.85)  # the heart's middle, from the right edge of the thorax; outlined: 0.50 to 0.65
HEART_DOWN = (0.40, 0.95)  # the same, from the lungs' top; outlined: 0.61 to 0.82
RATIO = (0.30, 0.90)  # width of the heart over that of the thorax; outlined: 0.37 to 0.74


def lung_problems(right: NDArray[np.bool_], left: NDArray[np.bool_]) -> list[str]:
    """Why these are not the two lungs of a frontal chest image, in sentences; none where they may be."""
    there = right.any(), left.any()
    if not any(there):
        return ["No lung was found: is this a frontal chest image?"]
    if not all(there):
        return [f"Only the {'right' if there[0] else 'left'} lung was found."]
    ends, places = (bounds(right), bounds(left)), (center(right), center(left))
    assert ends[0] is not None
    assert ends[1] is not None
    assert places[0] is not None
    assert places[1] is not None
    found = []
    if places[0][1] >= places[1][1]:
        found.append("The right lung lies to the right of the left one: is the image mirrored, or seen from behind?")
    if overlap(right, left) > SHARED:
        found.append(f"The lungs overlap by {overlap(right, left):.0%} of the smaller one.")
    share, ratio = (right.sum() + left.sum()) / right.size, left.sum() / right.sum()
    found += _outside("Both lungs cover", share, LUNGS_SHARE, "of the image", percent=True)
    found += _outside("The left lung has", ratio, LUNG_RATIO, "times the area of the right")
    for name, mask, (x0, y0, x1, y1) in (("right", right, ends[0]), ("left", left, ends[1])):
        found += _outside(f"The {name} lung is", (y1 - y0) / (x1 - x0), ASPECT, "times as high as wide")
        if solidity(mask) < SOLID:
            found.append(f"The {name} lung has the shape of no lung (it fills {solidity(mask):.0%} of its hull).")
    wide, high = max(ends[0][2], ends[1][2]) - min(ends[0][0], ends[1][0]), ends[0][3] - ends[0][1]
    found += _outside("The lungs' middles lie", abs(places[1][1] - places[0][1]) / wide, APART, "of the width apart")
    if abs(places[1][0] - places[0][0]) > LEVEL * high:
        found.append("One lung lies much higher than the other: is the image turned?")
    return found


def heart_problems(right: NDArray[np.bool_], left: NDArray[np.bool_], heart: NDArray[np.bool_]) -> list[str]:
    """Why this is not the heart between these lungs, in sentences; none where it may be."""
    x0, y0, x1, y1 = bounds(right | left) or (0, 0, 1, 1)
    middle = center(heart)
    if middle is None:
        return ["No heart was found."]
    found = _outside("The heart has", heart.sum() / (right.sum() + left.sum()), HEART_SHARE, "times the lungs' area")
    across = np.ptp(np.flatnonzero(heart.any(axis=0))) + 1
    found += _outside("The heart has", across / (x1 - x0), RATIO, "times the width of the thorax")
    found += _outside("The heart's middle lies", (middle[1] - x0) / (x1 - x0), HEART_ACROSS, "of the way across")
    found += _outside("The heart's middle lies", (middle[0] - y0) / (y1 - y0), HEART_DOWN, "of the way down")
    return found


def _outside(what: str, value: float, limits: tuple[float, float], of: str, *, percent: bool = False) -> list[str]:
    low, high = limits
    if low <= value <= high:
        return []
    shown = [f"{one:.0%}" if percent else f"{one:.2f}" for one in (value, low, high)]
    return [f"{what} {shown[0]} {of}; expected {shown[1]} to {shown[2]}."]
