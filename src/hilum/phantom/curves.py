"""Smooth lines through a few points: what outlines, ribs and wires are drawn with.

Points are (N, 2) arrays of x and y in chest units: x from the midline (positive to the patient's left, which is the
right of the image), y down from the top of the image; 1024 units are the height of an image.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]


def smooth(points: ArrayLike, *, closed: bool = True, per: int = 8) -> Points:
    """A Catmull-Rom curve through the points.

    Args:
        points: (N, 2), N >= 3.
        closed: whether the last point joins the first.
        per: points drawn between two given ones.

    Returns:
        (N * per, 2) when closed, ((N - 1) * per + 1, 2) when open; the given points lie on it.
    """
    knots = np.asarray(points, dtype=np.float64)
    if closed:
        knots = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        knots = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    a, b, c, d = knots[:-3, None], knots[1:-2, None], knots[2:-1, None], knots[3:, None]
    t = (np.arange(per) / per)[None, :, None]
    curve = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    flat: Points = curve.reshape(-1, 2)
    return flat if closed else np.concatenate([flat, knots[-2:-1]])


def band(center: Points, width: float | Sequence[float] | NDArray[np.float64]) -> Points:
    """The outline of a stroke of varying width along a center line; (2N, 2)."""
    along = np.gradient(center, axis=0)
    length = np.hypot(along[:, 0], along[:, 1])[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.maximum(length, 1e-9)
    half = np.broadcast_to(np.asarray(width, dtype=np.float64) / 2, len(center))[:, None]
    return np.concatenate([center + across * half, (center - across * half)[::-1]])


def oval(x: float, y: float, rx: float, ry: float, *, angle: float = 0.0, wobble: ArrayLike = ()) -> Points:
    """A closed oval of 48 points; `wobble` are the strengths of its 2nd, 3rd, … harmonics, which make it lobulated.

    Args:
        x: center.
        y: center.
        rx: half axis before turning.
        ry: half axis before turning.
        angle: radians, clockwise on the image.
        wobble: (K,) relative to the radius, any phase is taken from the value's sign.
    """
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = np.ones_like(turn)
    for order, strength in enumerate(np.asarray(wobble, dtype=np.float64), start=2):
        radius += strength * np.cos(order * turn + 1.7 * order)
    u, v = rx * radius * np.cos(turn), ry * radius * np.sin(turn)
    return np.stack([x + u * np.cos(angle) - v * np.sin(angle), y + u * np.sin(angle) + v * np.cos(angle)], axis=1)
