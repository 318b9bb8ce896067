"""The cage: lungs' outlines, diaphragms, and the body around them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilum.phantom.build import Build
from hilum.phantom.curves import Points, band, smooth

# half width of the cage, relative to its widest, at depths from the apex (0) to the costophrenic angle (1)
_DEPTHS = (0.0, 0.04, 0.12, 0.25, 0.42, 0.62, 0.82, 1.0, 1.2)
_WIDTHS = (0.36, 0.56, 0.755, 0.885, 0.96, 0.995, 1.0, 0.985, 0.96)


@dataclass(frozen=True)
class Thorax:
    """The outlines of one cage.

    Args:
        build: what it is made from.
    """

    build: Build

    def angle(self, side: int) -> float:
        """Y of the costophrenic angle: where the diaphragm meets the wall."""
        return self.build.dome(side) + 118.0 - 78.0 * self.build.flatness

    def wall(self, y: ArrayLike, side: int) -> NDArray[np.float64]:
        """Distance of the inner chest wall from the midline at heights y, units."""
        depth = (np.asarray(y, dtype=np.float64) - self.build.apex) / (self.angle(side) - self.build.apex)
        return np.asarray(self.build.half_width * np.interp(depth, _DEPTHS, _WIDTHS))

    def lung(self, side: int) -> Points:
        """One lung as it lies in the cage, behind heart and diaphragm too."""
        top, low, widest = self.build.apex, self.angle(side), self.build.half_width
        heights = np.linspace(top + 0.10 * (low - top), low, 9)
        wall = np.stack([self.wall(heights, side), heights], axis=1)
        crown = [
            (0.20 * widest, top + 62),
            (0.27 * widest, top + 16),
            (0.38 * widest, top - 4),
            (0.54 * widest, top + 16),
        ]
        floor = [(0.55 * widest, low + 22), (38.0, low + 10)]
        medial = [(30.0, top + 0.55 * (low - top)), (40.0, top + 150)]
        return smooth(np.concatenate([crown, wall, floor, medial])) * (side, 1)

    def diaphragm(self, side: int) -> Points:
        """The dome of one side as an open line from the wall to the midline."""
        build, top, low = self.build, self.build.dome(side), self.angle(side)
        edge = float(self.wall(low, side))
        rise = low - top
        inner = top + rise * (0.42 if side < 0 else 0.34) + 12 * build.flatness
        knots = [(edge + 6, low + 10), (0.86 * edge, top + 0.42 * rise), (0.66 * edge, top + 0.08 * rise),
                 (0.47 * edge, top), (0.27 * edge, top + 0.10 * rise), (0.10 * edge, inner),
                 (-0.1 * edge, inner + 25)]  # fmt: skip
        return smooth(knots, closed=False) * (side, 1)

    def abdomen(self, side: int) -> Points:
        """Everything under the dome of one side."""
        dome = self.diaphragm(side)
        far = [(dome[-1, 0], 1300.0), (dome[0, 0] + 150 * side, 1300.0), (dome[0, 0] + 150 * side, dome[0, 1])]
        return np.concatenate([dome, far])

    def trunk(self) -> Points:
        """The outline of neck, shoulders and trunk, without the arms."""
        build = self.build
        outer = build.half_width + 26 + build.fat
        neck, top = 80 + 0.18 * build.fat, build.apex
        half = [(neck + 22, -90), (neck, top - 130), (neck + 16, top - 62), (0.50 * outer, top - 20),
                (0.80 * outer, top + 6), (outer + 66, top + 44), (outer + 104, top + 118), (outer + 84, top + 210),
                (outer + 26, top + 285), (outer, top + 380), (outer - 4, 640), (outer + 0.1 * build.fat, 830),
                (outer + 0.3 * build.fat, 1000), (outer + 0.4 * build.fat, 1300)]  # fmt: skip
        right = np.array(half) * (-1, 1)
        return smooth(np.concatenate([half, right[::-1]]))

    def arm(self, side: int) -> tuple[Points, Points]:
        """The upper arm of one side: its center line from the shoulder down, and its outline."""
        outer, top = self.build.half_width + 26 + self.build.fat, self.build.apex
        spread = 110 - 70 * self.build.scapulae
        line = smooth([(outer + 44, top + 96), (outer + 70 + 0.2 * spread, top + 230), (outer + 92 + spread, top + 450),
                       (outer + 100 + 1.7 * spread, top + 720)], closed=False) * (side, 1)  # fmt: skip
        width = (118 + 0.5 * self.build.fat) * np.interp(np.arange(len(line)), [0, 3, 8, 24], [0.55, 0.95, 1.0, 0.9])
        return line, band(line, width)

    def place(self, side: int, depth: float, out: float) -> tuple[float, float]:
        """A point of a lung: depth 0 at the apex to 1 at the dome's height, out 0 at the midline to 1 at the wall."""
        y = self.build.apex + depth * (self.build.dome(side) - self.build.apex)
        inner = 60.0
        return side * (inner + out * (float(self.wall(y, side)) - inner)), y
