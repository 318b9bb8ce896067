"""Outlines of masks over an image, as lines that stay thin at any size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from hilum.reports.shown_image import jpeg_uri, see_through, shrink

Mask = NDArray[np.bool_]
COLORS = {
    "right_lung": "#4dc3ff",
    "left_lung": "#7ee081",
    "heart": "#ff8f6b",
    "right_clavicle": "#d9b3ff",
    "left_clavicle": "#ffd76e",
}
OTHER = "#ff7bd5"


@dataclass(frozen=True)
class Line:
    """A horizontal line with its ends, original pixels."""

    x0: float
    x1: float
    y: float
    color: str


def outline_layer(mask: Mask, color: str, width: int) -> bytes:
    """The outline of one mask as a see-through PNG, at most `width` pixels wide.

    Args:
        mask: (H, W), true inside.
        color: as in `#ff8f6b`.
        width: of the picture that it is laid over.
    """
    scale = min(1.0, width / mask.shape[1])
    size = max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale))
    small = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    edges, _ = cv2.findContours(small, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    opacity = np.zeros(small.shape, np.uint8)
    cv2.drawContours(opacity, edges, -1, (255,), max(2, small.shape[1] // 450), cv2.LINE_AA)
    one = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)], np.uint8)
    return see_through(opacity, np.tile(one, (256, 1)), bytes(range(256)))


def outlined(
    pixels: NDArray[np.float32],
    masks: Mapping[str, Mask | None],
    *,
    truth: Mapping[str, Mask | None] | None = None,
    lines: Sequence[Line] = (),
    width: int = 640,
    label: str,
) -> Markup:
    """An image under the outlines of masks.

    Args:
        pixels: (H, W) in [0, 1], 1 = bright.
        masks: (H, W) by structure; None for none.
        truth: the true ones, drawn white and dashed.
        lines: with their ends, over all else.
        width: at most so many pixels wide.
        label: what is shown, for who cannot see it.
    """
    small = shrink(pixels, width)
    scale = small.shape[1] / pixels.shape[1]
    drawn = [_path(mask, scale, COLORS.get(name, OTHER)) for name, mask in masks.items() if mask is not None]
    drawn += [_path(mask, scale, "#fff", dashed=True) for mask in (truth or {}).values() if mask is not None]
    drawn += [_line(line, scale) for line in lines]
    high, wide = small.shape
    return Markup(
        f'<div class="image"><img src="{jpeg_uri(small)}" width="{wide}" height="{high}" alt="{escape(label)}">'
        f'<svg class="layer" viewBox="0 0 {wide} {high}" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(drawn)}</svg></div>"
    )


def _path(mask: Mask, scale: float, color: str, *, dashed: bool = False) -> str:
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_TC89_L1)
    rings = []
    for contour in contours:
        points = (contour[:, 0] + 0.5) * scale
        rings.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return (
        f'<path d="{"".join(rings)}" fill="{"none" if dashed else color}" fill-opacity="0.08" stroke="{color}" '
        f'stroke-width="{1 if dashed else 2}"{dash} vector-effect="non-scaling-stroke"/>'
    )


def _line(line: Line, scale: float) -> str:
    x0, x1, y = line.x0 * scale, line.x1 * scale, line.y * scale
    path = f"M{x0:.1f} {y:.1f}H{x1:.1f}M{x0:.1f} {y - 7:.1f}v14M{x1:.1f} {y - 7:.1f}v14"
    return "".join(
        f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{wide}" vector-effect="non-scaling-stroke"/>'
        for color, wide in (("#000", 5), (line.color, 2.5))
    )
