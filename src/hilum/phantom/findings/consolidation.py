"""Consolidation: a lobe's air spaces full, white and even, with the bronchi left dark in it (air bronchogram)."""

import numpy as np

from hilum.phantom.anatomy.heart import hilum
from hilum.phantom.canvas import Layer
from hilum.phantom.curves import smooth
from hilum.phantom.lateral import Profile
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register


@register
class Consolidation(Lesion):
    """Dense, lobar, sharp toward the fissure."""

    def paint(self, scene: Scene) -> None:
        """Fill a large patch of one lobe, cut straight at a fissure, and leave branching bronchi."""
        rng, side = self.chance(), self.side
        upper = rng.random() < 0.4
        depth = rng.uniform(0.26, 0.36) if upper else rng.uniform(0.66, 0.80)
        x, y = scene.thorax.place(side, depth, rng.uniform(0.42, 0.62))
        rx, ry = self.between(88, 140) * rng.uniform(0.9, 1.15), self.between(82, 135) * rng.uniform(0.9, 1.1)
        region, mask = scene.blob(x, y, rx, ry, ragged=0.09, soft=0.22)
        across, down = scene.canvas.units(region)
        fissure = y + (0.55 if upper else -0.55) * ry + np.float32(rng.normal(0, 0.08)) * (across - x)
        edge = (fissure - down if upper else down - fissure) / 12 + 0.5
        mask = mask * np.clip(edge, 0, 1).astype(np.float32)
        filled = 1 - np.float32(0.42) * self._bronchi(scene, x, y, rng)[region]
        scene.flood(region, mask * np.float32(self.between(0.72, 0.95)) * filled)
        scene.mark("Consolidation", region, mask * scene.lungs[side][region] > 0.4)

    def _bronchi(self, scene: Scene, x: float, y: float, rng: np.random.Generator) -> Layer:
        root = np.array(hilum(scene.build, self.side))
        lines = []
        for _ in range(5):
            tip = np.array([x, y]) + rng.normal(0, 0.45 * self.between(88, 140), 2)
            bend = 0.45 * root + 0.55 * tip + rng.normal(0, 14, 2)
            lines.append(smooth([root, bend, tip], closed=False))
        return scene.canvas.lines(lines, 6.5, soft=2.2)

    def profile(self, view: Profile) -> None:
        """An even patch at the same height."""
        rng = self.chance()
        upper = rng.random() < 0.4
        depth = rng.uniform(0.26, 0.36) if upper else rng.uniform(0.66, 0.80)
        x, y = view.side.place(depth, rng.uniform(0.35, 0.75))
        region, mask = view.blob(x, y, self.between(80, 125), self.between(72, 115), ragged=0.09, soft=0.22)
        view.flood(region, mask * np.float32(self.between(0.42, 0.62)))
