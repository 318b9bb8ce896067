"""Atelectasis: lung without air. Plates of it lie level at the bases, and the dome is drawn up toward them."""

from dataclasses import replace

import numpy as np

from hilum.phantom.build import Build
from hilum.phantom.canvas import Layer
from hilum.phantom.curves import Points, band, smooth
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register


@register
class Atelectasis(Lesion):
    """Two to four plates at one base, the dome raised, the middle pulled over."""

    def reshape(self, build: Build) -> Build:
        """Loss of volume: dome up, heart toward the side."""
        up = self.between(22, 70)
        return replace(
            build, domes=build.with_domes(self.side, -up), shift=build.shift + self.side * self.between(4, 20)
        )

    def paint(self, scene: Scene) -> None:
        """Plates, thicker in the middle, and less air about them."""
        rng, build = self.chance(), scene.build
        lines = [self._plate(scene, rng, number) for number in range(int(rng.integers(2, 5)))]
        plates = scene.canvas.fill(*lines, soft=2.6)
        region = scene.canvas.region(np.concatenate(lines), margin=24)
        field = scene.lungs[self.side][region]
        amount: Layer = plates[region] * np.float32(self.between(0.62, 0.95))
        scene.flood(region, amount * field)
        around, cloud = self._crowded(scene)
        scene.flood(around, cloud * np.float32(self.between(0.14, 0.34)))
        scene.mark("Atelectasis", region, (plates[region] > 0.3) & (field > 0.4))
        del build

    def _plate(self, scene: Scene, rng: np.random.Generator, number: int) -> Points:
        low = scene.build.dome(self.side) - 26 - 44 * number - rng.uniform(0, 16)
        inner, outer = sorted(rng.uniform(0.10, 0.45, 1).tolist() + rng.uniform(0.68, 0.98, 1).tolist())
        wall = float(scene.thorax.wall(low, self.side))
        tilt = rng.normal(0.08, 0.12) * wall * (outer - inner)
        line = smooth(
            [(inner * wall, low + tilt), ((inner + outer) / 2 * wall, low - 6), (outer * wall, low - tilt)],
            closed=False,
        )
        shape = np.sin(np.linspace(0.25, np.pi - 0.25, len(line)))
        return band(line * (self.side, 1), self.between(9, 19) * rng.uniform(0.75, 1.25) * shape)

    def _crowded(self, scene: Scene) -> tuple[tuple[slice, slice], Layer]:
        x, y = scene.thorax.place(self.side, 0.93, 0.5)
        return scene.blob(x, y, 0.42 * scene.build.half_width, 80, ragged=0.15, soft=0.6)
