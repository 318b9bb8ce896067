"""The image as something to draw on: chest units in, float32 layers out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from hilum.phantom.curves import Points

Layer = NDArray[np.float32]
Region = tuple[slice, slice]
UNITS = 1024.0  # the height and width of an image, in chest units: the canvas of the owner's boxes
_SHIFT = 4  # OpenCV draws with points in sixteenths of a pixel
_INK = np.float32(1 / 255)


@dataclass(frozen=True)
class Canvas:
    """Where a chest lies on an image.

    Args:
        size: pixels of a side.
        angle: how far the chest is turned on the image, radians.
        zoom: 1 when 1024 units of chest span the image.
        x: where the midline lies, units from the left edge.
        y: how far the chest is moved down, units.
    """

    size: int
    angle: float = 0.0
    zoom: float = 1.0
    x: float = UNITS / 2
    y: float = 0.0
    scale: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", self.size / UNITS * self.zoom)

    def pixels(self, points: Points) -> Points:
        """Chest units to pixels of the image; (..., 2)."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        centered = points - (0.0, UNITS / 2)
        turned = centered @ np.array([[cos, sin], [-sin, cos]])
        return np.asarray(turned * self.scale + np.array([self.x, UNITS / 2 + self.y]) * self.size / UNITS)

    def blank(self) -> Layer:
        """A layer of zeros."""
        return np.zeros((self.size, self.size), dtype=np.float32)

    def ink(self, *outlines: Points, strength: float = 1.0) -> NDArray[np.uint8]:
        """Filled shapes with antialiased edges, 255 inside at full strength; nothing drawn without outlines."""
        ink = np.zeros((self.size, self.size), dtype=np.uint8)
        for outline in outlines:
            cv2.fillPoly(ink, [self._fixed(outline)], round(255 * strength), cv2.LINE_AA, _SHIFT)
        return ink

    def fill(self, *outlines: Points, soft: float = 0.0) -> Layer:
        """Filled shapes, 1 inside; `soft` blurs the edge (sigma in units)."""
        return self.layer(self.ink(*outlines), soft)

    def strokes(
        self, lines: Sequence[Points] | Points, width: float, *, strength: float = 1.0, onto: NDArray[np.uint8]
    ) -> None:
        """Lines of one width (units) into a uint8 layer; lines thinner than a pixel are drawn fainter instead.

        Args:
            lines: (N, P, 2), or a list of N lines of any length.
            width: units.
            strength: ink on a full pixel, 1 = 255.
            onto: where to draw; ink replaces what is there.
        """
        wide = width * self.scale
        ink = round(255 * strength * min(1.0, wide))
        fixed = self._fixed(lines) if isinstance(lines, np.ndarray) else [self._fixed(line) for line in lines]
        cv2.polylines(onto, list(fixed), False, ink, max(1, round(wide)), cv2.LINE_AA, _SHIFT)

    def lines(self, lines: list[Points], width: float, *, soft: float = 0.0) -> Layer:
        """Lines of one width as a layer, 1 on the line."""
        ink = self.ink()
        self.strokes(lines, width, onto=ink)
        return self.layer(ink, soft)

    def layer(self, ink: NDArray[np.uint8], soft: float = 0.0) -> Layer:
        """Ink of 0 to 255 as a layer of 0 to 1; `soft` blurs it (sigma in units)."""
        sigma = soft * self.scale
        if sigma < 0.25:
            return np.asarray(ink * _INK)
        x, y, wide, high = cv2.boundingRect(ink)  # beyond the ink there is nothing to blur: most shapes are small
        pad = int(4 * sigma) + 2
        part = slice(max(0, y - pad), y + high + pad), slice(max(0, x - pad), x + wide + pad)
        layer = self.blank()
        layer[part] = cv2.GaussianBlur(ink[part], (0, 0), sigma) * _INK
        return layer

    def wide(self, layer: Layer, sigma: float) -> Layer:
        """A layer blurred widely (sigma in units), computed on a quarter of the pixels' side."""
        small = cv2.resize(layer, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), max(0.3, sigma * self.scale / 4), borderType=cv2.BORDER_REPLICATE)
        return np.asarray(cv2.resize(small, (self.size, self.size), interpolation=cv2.INTER_LINEAR))

    def region(self, points: Points, margin: float = 0.0) -> Region:
        """The pixels that hold these points, `margin` units wider on every side; at least one pixel."""
        pixels = self.pixels(points)
        pad = margin * self.scale
        low = np.clip(np.floor(pixels.min(axis=0) - pad), 0, self.size - 1).astype(int)
        high = np.clip(np.ceil(pixels.max(axis=0) + pad), low + 1, self.size).astype(int)
        return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))

    def heights(self) -> Layer:
        """Chest y of the image's rows at the midline, whatever the turn: (size, 1), to broadcast over columns."""
        rows = (np.arange(self.size, dtype=np.float32)[:, None] + 0.5) * (UNITS / self.size)
        return np.asarray((rows - (UNITS / 2 + self.y)) / self.zoom + UNITS / 2, dtype=np.float32)

    def units(self, region: Region) -> tuple[Layer, Layer]:
        """Chest x and y of the pixels of a region; x and y broadcast to its shape."""
        rows, columns = region
        x = (np.arange(columns.start, columns.stop, dtype=np.float32)[None, :] + 0.5) * (UNITS / self.size) - self.x
        y = (np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + 0.5) * (UNITS / self.size)
        y = y - (UNITS / 2 + self.y)
        cos, sin = np.float32(np.cos(self.angle) / self.zoom), np.float32(np.sin(self.angle) / self.zoom)
        return x * cos + y * sin, y * cos - x * sin + np.float32(UNITS / 2)

    def _fixed(self, points: Points) -> NDArray[np.int32]:
        # OpenCV puts pixel centers on whole numbers; ours are at halves
        return np.round((self.pixels(points) - 0.5) * (1 << _SHIFT)).astype(np.int32)
