"""An image made small enough for a page, its heatmap as a see-through layer, its boxes as lines."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import matplotlib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image as Picture

from hilum.reports.page import data_uri
from hilum.schema import Explanation
from hilum.schema.explanation import laid_out

COLORS = "inferno"  # perceptually uniform, and in order of brightness also without color
BRIGHTEST = 0.88  # of the color scale: its palest end would vanish on a white image
STRONGEST = 0.65  # opacity at the heatmap's maximum: the image stays visible beneath it
HEAT_SIDE = 192  # pixels; a heatmap is smooth, and the browser enlarges it smoothly
LIGHT = 3  # of PNG's levels of compression: twice as fast as the highest, and hardly larger
SMOOTH = 16  # pixels of the layer a cell; more of them show no more


@dataclass(frozen=True)
class ShownBox:
    """A rectangle in the pixels of the shown picture."""

    x: float
    y: float
    width: float
    height: float
    predicted: bool


@dataclass(frozen=True)
class ShownImage:
    """What a page needs to show one image: addresses of its picture and layer, and boxes to draw."""

    picture: str
    width: int
    height: int
    heat: str | None = None
    boxes: Sequence[ShownBox] = ()


def shown_image(
    pixels: NDArray[np.float32],
    explanation: Explanation | None = None,
    boxes: pd.DataFrame | None = None,
    *,
    width: int = 900,
) -> ShownImage:
    """An image for a page.

    Args:
        pixels: (H, W) in [0, 1], 1 = bright.
        explanation: the heatmap laid over it.
        boxes: `x0 y0 x1 y1` in original pixels; with a `score` they are drawn as predicted.
        width: at most so many pixels wide; a smaller image is not enlarged.
    """
    small = shrink(pixels, width)
    scale = small.shape[1] / pixels.shape[1]
    return ShownImage(
        picture=jpeg_uri(small),
        width=small.shape[1],
        height=small.shape[0],
        heat=None if explanation is None else heat_uri(explanation),
        boxes=[] if boxes is None else shown_boxes(boxes, scale),
    )


def shrink(pixels: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """The image at most `width` pixels wide, in its own proportions."""
    if pixels.shape[1] <= width:
        return pixels
    height = max(1, round(pixels.shape[0] * width / pixels.shape[1]))
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def jpeg_uri(pixels: NDArray[np.float32]) -> str:
    """The image as a JPEG inside an address."""
    written, content = cv2.imencode(".jpg", to_bytes(pixels), [cv2.IMWRITE_JPEG_QUALITY, 88])
    assert written, "OpenCV always holds a JPEG encoder"
    return data_uri(content.tobytes(), "image/jpeg")


def resized(layer: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """(H, W) at another height and width: the mean over areas where it shrinks, linear where it grows."""
    shrinks = height < layer.shape[0] or width < layer.shape[1]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(layer, (width, height), interpolation=way), np.float32)


def heat_at(explanation: Explanation, height: int, width: int) -> NDArray[np.float32]:
    """(height, width) in [0, 1]: the heatmap as it is shown at another size than the image's.

    What its cells are spread with is resized in its place, which comes to the same and costs a hundredth.
    """
    if explanation.spread is None:
        return resized(explanation.cells, height, width)
    rows, columns = explanation.spread
    spread = resized(rows, height, rows.shape[1]), resized(columns, width, columns.shape[1])
    return laid_out(explanation.cells, *spread)


def heat_uri(explanation: Explanation) -> str:
    """The heatmap as a small see-through PNG: one byte a pixel, color and opacity in its palette."""
    levels = to_bytes(heat_at(explanation, *_fitting(explanation)))
    return data_uri(see_through(levels, heat_colors(), _opacities()), "image/png")


def see_through(levels: NDArray[np.uint8], colors: NDArray[np.uint8], opacities: bytes) -> bytes:
    """A PNG of one byte a pixel, whose palette gives each level its color and its opacity.

    Args:
        levels: (H, W).
        colors: (256, 3).
        opacities: 256 of them, 255 hides what lies beneath.
    """
    layer = Picture.frombytes("P", levels.shape[::-1], levels.tobytes())
    layer.putpalette(colors.tobytes())
    written = io.BytesIO()
    layer.save(written, "PNG", transparency=opacities, compress_level=LIGHT)
    return written.getvalue()


@cache
def _opacities() -> bytes:
    return bytes(round(level * STRONGEST) for level in range(256))


@cache
def heat_colors() -> NDArray[np.uint8]:
    """(256, 3) colors from no evidence to the strongest."""
    colors: NDArray[np.float64] = matplotlib.colormaps[COLORS](np.linspace(0, BRIGHTEST, 256))[:, :3]
    return np.rint(colors * 255).astype(np.uint8)


def gradient() -> str:
    """The heatmap's colors as a CSS background, for the key beside it."""
    stops = [(level, *heat_colors()[level]) for level in range(0, 256, 17)]
    colors = ", ".join(f"rgb({red} {green} {blue} / {level / 255:.2f})" for level, red, green, blue in stops)
    return f"linear-gradient(to right, {colors})"


def shown_boxes(boxes: pd.DataFrame, scale: float) -> list[ShownBox]:
    """Boxes in original pixels as rectangles of the shown picture."""
    return [_shown(box, scale) for box in boxes.to_dict("records")]


def to_bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Values in [0, 1] as 0 to 255."""
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def _fitting(explanation: Explanation) -> tuple[int, int]:
    """Height and width of the layer, in the image's proportions."""
    height, width = explanation.shape
    side = min(HEAT_SIDE, SMOOTH * max(explanation.cells.shape))
    scale = min(1.0, side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def _shown(box: dict[Any, Any], scale: float) -> ShownBox:
    x, y, width, height = box["x0"], box["y0"], box["x1"] - box["x0"], box["y1"] - box["y0"]
    x, y, width, height = (round(value * scale, 2) for value in (x, y, width, height))
    return ShownBox(x, y, width, height, predicted=not np.isnan(box.get("score", np.nan)))
