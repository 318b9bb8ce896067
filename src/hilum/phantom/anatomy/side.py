"""The chest from the side, the patient facing the left of the image: x from the middle of the chest, back positive."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilum.phantom.build import Build
from hilum.phantom.curves import Points, band, smooth

_DEPTHS = (0.0, 0.12, 0.30, 0.50, 0.75, 1.0)
_FRONT = (-0.10, -0.40, -0.74, -0.94, -1.02, -1.0)  # the breast bone's inner face, relative to the half depth
_BACK = (0.42, 0.70, 0.92, 1.0, 0.96, 0.86)  # the back wall
_SPINE = (0.22, 0.42, 0.66, 0.76, 0.72, 0.58)


@dataclass(frozen=True)
class Side:
    """Outlines of one chest from the side.

    Args:
        build: the same that the frontal image is drawn from.
    """

    build: Build

    @property
    def half(self) -> float:
        """Half the depth of the chest; emphysema makes a barrel of it."""
        return 0.70 * self.build.half_width * (1 + 0.10 * self.build.flatness)

    def _at(self, y: ArrayLike, shape: tuple[float, ...]) -> NDArray[np.float64]:
        down = (np.asarray(y, dtype=np.float64) - self.build.apex) / (self.build.domes[0] - self.build.apex)
        return np.asarray(self.half * np.interp(down, _DEPTHS, shape))

    def front(self, y: ArrayLike) -> NDArray[np.float64]:
        """X of the front wall of the lungs at heights y."""
        return self._at(y, _FRONT)

    def back(self, y: ArrayLike) -> NDArray[np.float64]:
        """X of the back wall of the lungs at heights y."""
        return self._at(y, _BACK)

    def spine(self, y: ArrayLike) -> NDArray[np.float64]:
        """X of the middle of the vertebrae at heights y."""
        return self._at(y, _SPINE)

    def lungs(self) -> Points:
        """Both lungs over each other, down to the deep angle behind the domes."""
        top, low = self.build.apex, self.build.domes[0]
        heights = np.linspace(top + 60, low, 8)
        front = np.stack([self.front(heights), heights], axis=1)
        back = np.stack([self.back(heights), heights], axis=1)[::-1]
        floor = [(0.84 * self.half, low + 150), (0.1 * self.half, low + 160), (-0.96 * self.half, low + 70)]
        crown = [(0.22 * self.half, top + 8), (0.05 * self.half, top + 18)]
        return smooth(np.concatenate([front, floor[::-1], back, crown]))

    def dome(self, side: int) -> Points:
        """One dome from the front wall to the deep angle behind, as an open line."""
        build, top = self.build, self.build.dome(side)
        fall = 128 - 70 * build.flatness
        half, ahead = self.half, -0.16 if side > 0 else -0.06
        knots = [(-1.06 * half, top + 0.40 * fall), (-0.70 * half, top + 0.10 * fall), (ahead * half, top),
                 (0.38 * half, top + 0.28 * fall), (0.70 * half, top + 0.72 * fall),
                 (0.94 * half, top + 1.15 * fall)]  # fmt: skip
        return smooth(knots, closed=False)

    def abdomen(self, side: int) -> Points:
        """Everything under one dome."""
        dome = self.dome(side)
        far = [(dome[-1, 0] + 90, dome[-1, 1] + 30), (dome[-1, 0] + 90, 1300.0), (dome[0, 0] - 120, 1300.0)]
        return np.concatenate([dome, far, [(dome[0, 0] - 120, dome[0, 1])]])

    def heart(self) -> Points:
        """The heart lies on the front of the domes against the breast bone, and runs up into the great vessels."""
        build, half = self.build, self.half
        size, base = build.heart_ratio / 0.45, build.dome(1)
        reach = base - build.apex
        back, top = (0.16 * size - 0.10) * half, base - 0.46 * reach * size**0.5
        knots = [(-0.16 * half, top - 0.10 * reach), (-0.02 * half, top + 0.06 * reach),
                 (back + 0.02 * half, base - 0.24 * reach),
                 (back, base - 0.10 * reach), (back - 0.14 * half, base + 20),
                 (-0.60 * half, base + 60), (-0.98 * half, base + 20),
                 (-0.97 * half, base - 0.16 * reach * size), (-0.80 * half, base - 0.31 * reach * size),
                 (-0.52 * half, top + 0.06 * reach), (-0.40 * half, top - 0.08 * reach)]  # fmt: skip
        return smooth(knots)

    def great_vessels(self) -> Points:
        """The aorta: up from the heart, over the arch, down before the spine."""
        build, half = self.build, self.half
        reach = build.dome(1) - build.apex
        y = build.apex + np.array([0.62, 0.42, 0.30, 0.265, 0.32, 0.45, 0.72, 1.1]) * reach
        x = half * np.array([-0.42, -0.34, -0.14, 0.10, 0.32, 0.44, 0.50, 0.46])
        return band(smooth(np.stack([x, y], axis=1), closed=False), 46 + 16 * build.aorta)

    def hilum(self) -> tuple[float, float]:
        """Both hila over each other."""
        return 0.10 * self.half, self.build.apex + 0.46 * (self.build.dome(1) - self.build.apex)

    def trunk(self) -> Points:
        """The outline of neck, chest and belly."""
        build, half, top = self.build, self.half, self.build.apex
        fat, low = build.fat, build.domes[0]
        chest = 1.06 * half + fat
        breast = 52 * build.breast
        front = [(-0.36 * half, top - 230), (-0.42 * half, top - 60), (-0.80 * half - 0.5 * fat, top + 110),
                 (-chest + 0.2 * fat, top + 280), (-chest - 0.6 * breast, top + 380), (-chest - breast, top + 450),
                 (-chest - 0.8 * breast, top + 510), (-chest - 0.2 * breast, top + 560),
                 (-chest - 0.2 * fat, low + 60), (-chest - 0.6 * fat, 1300)]  # fmt: skip
        back = [(1.0 * half + fat, 1300), (1.02 * half + 0.8 * fat, low + 60), (1.18 * half + fat, top + 380),
                (1.16 * half + fat, top + 210), (0.92 * half + fat, top + 40), (0.64 * half, top - 90),
                (0.58 * half, top - 230)]  # fmt: skip
        return smooth([*front, *back])

    def arms(self) -> Points:
        """Both arms raised before the head."""
        top, half = self.build.apex, self.half
        line = smooth([(0.50 * half, top + 150), (0.12 * half, top + 40), (-0.5 * half, top - 170)], closed=False)
        return band(line, 190 + 0.6 * self.build.fat)

    def vertebrae(self) -> list[Points]:
        """The vertebral bodies, separated by their discs."""
        build = self.build
        spacing = (build.dome(1) - build.apex) / 9.6
        bodies = []
        for number in range(-3, 16):
            y = build.apex - 20 + spacing * number
            x, half, tall = float(self.spine(y)), float(np.interp(number, [-3, 3, 14], [24, 33, 44])), 0.40 * spacing
            lean = float(self.spine(y + 10) - self.spine(y - 10)) / 20
            corners = np.array(
                [(-half, -tall), (-0.9 * half, 0), (-half, tall), (half, tall), (0.9 * half, 0), (half, -tall)]
            )
            bodies.append(smooth(corners + np.outer(corners[:, 1], [lean, 0]) + (x, y)))
        return bodies

    def ribs(self) -> list[Points]:
        """The ribs of both sides, slanting forward and down, those nearer the image a little larger."""
        build = self.build
        spacing = (build.dome(1) - build.apex) / 8.6
        lines = []
        for near in (0.0, 13.0):
            for number in range(9):
                start = build.apex + spacing * (number + 0.1) + near
                y = start + np.linspace(0, spacing * float(np.interp(number, [0, 8], [1.3, 2.9])), 18)
                back, front = float(self.back(start)) + 8, float(self.front(y[-1]))
                across = np.linspace(0, 1, 18)
                x = back + (0.62 * front - back) * across
                lines.append(band(np.stack([x, y - 16 * np.sin(np.pi * across)], axis=1), 15.0))
        return lines

    def breastbone(self) -> Points:
        """The breast bone before the lungs."""
        y = np.linspace(self.build.apex + 95, self.build.apex + 400, 14)
        return band(np.stack([self.front(y) - 16, y], axis=1), 22.0)

    def place(self, depth: float, back: float) -> tuple[float, float]:
        """A point of the lungs: depth 0 at the apex to 1 at the dome's height, back 0 at the front wall to 1 behind."""
        y = self.build.apex + depth * (self.build.domes[0] - self.build.apex)
        front, behind = float(self.front(y)), float(self.back(y))
        return front + back * (behind - front), y
