"""Effusion: fluid at the base. Upright it climbs the wall as a meniscus; lying it veils the whole lung."""

from dataclasses import replace

import numpy as np

from hilum.phantom.build import Build
from hilum.phantom.curves import smooth
from hilum.phantom.lateral import Profile
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
        """Fill below the meniscus; on an AP image add a veil that thins upward."""
        rng, build, side = self.chance(), scene.build, self.side
        dome, angle = build.dome(side), scene.thorax.angle(side)
        level = dome + 44 - self.between(-26, 300) * (0.82 if build.view == "AP" else 1.0)
        climb = self.between(62, 120) * rng.uniform(0.85, 1.15)
        wall = float(scene.thorax.wall(level, side))
        knots = [(wall + 60, level - 1.3 * climb), (wall, level - climb), (0.95 * wall, level - 0.72 * climb),
                 (0.84 * wall, level - 0.30 * climb),
                 (0.68 * wall, level), (0.48 * wall, level + 0.12 * climb), (0.25 * wall, level + 0.02 * climb),
                 (-20, level - 0.25 * climb)]  # fmt: skip
        meniscus = smooth(knots, closed=False)
        fluid = np.concatenate([meniscus, [(-20, angle + 200), (wall + 60, angle + 200)]]) * (side, 1)
        whole = scene.canvas.region(np.array([(0, level - climb), (side * wall, angle + 10)]), margin=60)
        mask = (scene.canvas.fill(fluid, soft=8.0) * 0.94)[whole]
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

    def profile(self, view: Profile) -> None:
        """Fluid in the deep angle behind, climbing the back wall."""
        dome, half = view.build.dome(self.side), view.side.half
        level = dome + 60 - self.between(-6, 300)
        knots = [(1.2 * half, level - 90), (0.94 * half, level - 70), (0.6 * half, level), (0.0, level + 30),
                 (-0.7 * half, level + 10), (-1.2 * half, level - 40)]  # fmt: skip
        fluid = np.concatenate([smooth(knots, closed=False), [(-1.2 * half, dome + 260), (1.2 * half, dome + 260)]])
        region, mask = view.fill(fluid, soft=8.0, margin=20)
        view.flood(region, mask * np.float32(0.62))
