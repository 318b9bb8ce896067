"""Edema: water from both hila outward, in the shape of a bat's wings, with short lines at the walls (Kerley B)."""

from dataclasses import replace

import numpy as np

from hilum.phantom.anatomy.heart import hilum
from hilum.phantom.build import Build
from hilum.phantom.curves import Points
from hilum.phantom.lateral import Profile
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register


@register
class Edema(Lesion):
    """Both sides alike; upper vessels full; heart a little wide."""

    def reshape(self, build: Build) -> Build:
        """Fill the upper vessels, widen the heart somewhat."""
        return replace(
            build, congestion=1.0, vessels=build.vessels * self.between(1.1, 1.3), heart_ratio=build.heart_ratio + 0.02
        )

    def paint(self, scene: Scene) -> None:
        """Bat wings and Kerley lines."""
        rng = self.chance()
        for side in (-1, 1):
            x, y = hilum(scene.build, side)
            rx = self.between(118, 178) * rng.uniform(0.92, 1.08)
            region, mask = scene.blob(x + side * 0.45 * rx, y + 34, rx, 1.18 * rx, ragged=0.14, soft=0.6)
            scene.flood(
                region, mask * np.float32(self.between(0.26, 0.76)) * (0.96 + 0.05 * scene.noise("mottle", region))
            )
            whole = scene.canvas.region(scene.thorax.lung(side))
            scene.flood(whole, scene.lungs[side][whole] * np.float32(self.between(0.04, 0.14)))
            kerley = scene.canvas.lines(self._kerley(scene, side, rng), 3.2, soft=0.8)
            scene.over += kerley * scene.lungs[side] * np.float32(0.13)

    def _kerley(self, scene: Scene, side: int, rng: np.random.Generator) -> list[Points]:
        low = scene.build.dome(side)
        lines = []
        for y in rng.uniform(low - 170, low + 40, 12):
            wall = float(scene.thorax.wall(y, side)) - 3
            lines.append(np.array([(side * wall, y), (side * (wall - rng.uniform(22, 44)), y - rng.uniform(-2, 5))]))
        return lines

    def profile(self, view: Profile) -> None:
        """Both wings over each other, about the hila."""
        x, y = view.side.hilum()
        region, mask = view.blob(x, y + 34, self.between(110, 160), self.between(130, 190), ragged=0.14, soft=0.6)
        view.flood(region, mask * np.float32(self.between(0.28, 0.52)))
