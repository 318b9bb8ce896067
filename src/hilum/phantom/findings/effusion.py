"""Effusion: fluid at the base. Upright it climbs the wall as a meniscus; lying it veils the whole lung."""

from dataclasses import replace

import numpy as np

from hilum.phantom.build import Build
from hilum.phantom.curves import smooth
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register


@register
class Effusion(Lesion):
    """A blunted angle up to a lung half under fluid."""

    def reshape(self, build: Build) -> Build:
        """A large effusion pushes the heart away."""
        return replace(build, shift=build.shift - self.side * 26 * max(0.0, self.severity - 0.5))

    def paint(self, scene: Scene) -> None:
        """Fill below the meniscus; on an AP film add a veil that thins upward."""
        rng, build, side = self.chance(), scene.build, self.side
        dome, angle = build.dome(side), scene.thorax.angle(side)
        level = dome + 48 - self.between(40, 330) * (0.82 if build.view == "AP" else 1.0)
        climb = self.between(50, 105) * rng.uniform(0.85, 1.15)
        wall = float(scene.thorax.wall(level, side)) + 30
        knots = [(wall, level - climb), (0.93 * wall, level - 0.60 * climb), (0.78 * wall, level - 0.12 * climb),
                 (0.5 * wall, level + 0.16 * climb), (0.22 * wall, level + 0.06 * climb),
                 (-20, level - 0.15 * climb)]  # fmt: skip
        meniscus = smooth(knots, closed=False)
        fluid = np.concatenate([meniscus, [(-20, angle + 200), (wall, angle + 200)]]) * (side, 1)
        whole = scene.canvas.region(np.array([(0, level - climb), (side * wall, angle + 10)]), margin=60)
        mask = (scene.canvas.fill(fluid, soft=9.0) * 0.93)[whole]
        scene.flood(whole, mask)
        scene.mark("Effusion", whole, (mask > 0.3) & (scene.lungs[side][whole] > 0.4))
        if build.view == "AP":
            self._veil(scene, level)

    def _veil(self, scene: Scene, level: float) -> None:
        top = scene.build.apex
        lung = scene.canvas.region(scene.thorax.lung(self.side), margin=4)
        _, y = scene.canvas.units(lung)
        amount = np.clip((y - top) / (level - top + 1), 0, 1) * np.float32(self.between(0.18, 0.42))
        scene.flood(lung, amount * scene.canvas.fill(scene.thorax.lung(self.side), soft=6.0)[lung])
