"""The frontal chest: layers, with the outlines that lesions find their place by, and the boxes they leave."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hilum.phantom.anatomy.thorax import Thorax
from hilum.phantom.build import Build
from hilum.phantom.canvas import UNITS, Layer, Region
from hilum.phantom.curves import Points
from hilum.phantom.layers import Layers

SLIVER = 16.0  # units: what shows less of itself beside heart and diaphragm, nobody would box
Box = tuple[str, tuple[float, float, float, float]]


@dataclass
class Scene(Layers):
    """A frontal chest.

    Args:
        thorax: its outlines.
        heart: outline of the heart.
        lungs: visible lung fields in [0, 1], by side (-1 the patient's right, 1 the left).
        boxes: what lesions have marked: finding and x0, y0, x1, y1 on the owner's canvas of 1024.
    """

    thorax: Thorax
    heart: Points
    lungs: dict[int, Layer]
    boxes: list[Box] = field(default_factory=list)

    @property
    def build(self) -> Build:
        """The numbers that the chest was made from."""
        return self.thorax.build

    def mark(self, finding: str, region: Region, where: NDArray[np.bool_]) -> None:
        """Keep the box of the true pixels of a region, on the canvas of 1024; nothing for less than a sliver."""
        rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
        unit = UNITS / self.canvas.size
        if min(np.ptp(rows) if len(rows) else 0, np.ptp(columns) if len(columns) else 0) * unit < SLIVER:
            return
        top, left = region[0].start, region[1].start
        corners = (left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1)
        x0, y0, x1, y1 = (float(corner) * unit for corner in corners)
        self.boxes.append((finding, (x0, y0, x1, y1)))
