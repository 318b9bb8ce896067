"""Atelectasis: lung without air. Plates of it lie level at the bases, and the dome is drawn up toward them."""

from dataclasses import replace

import numpy as np

from hilum.phantom.build import Build
from hilum.phantom.curves import Points, band, smooth
from hilum.phantom.lateral import Profile
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register


@register
class Atelectasis(Lesion):
    """One to three plates at one base, crowded lung around them, the dome raised, the middle pulled over."""

    def reshape(self, build: Build) -> Build:
        """Loss of volume: dome up, heart toward the side."""
        domes = build.with_domes(self.side, -self.between(24, 74))
        return replace(build, domes=domes, shift=build.shift + self.side * self.between(4, 20))

    def paint(self, scene: Scene) -> None:
        """Crowded lung above the dome, then the plates in it."""
        rng, side = self.chance(), self.side
        x, y = scene.thorax.place(side, 0.90, 0.52)
        around, cloud = scene.blob(x, y, 0.46 * scene.build.half_width, 92, ragged=0.15, soft=0.6)
        scene.flood(around, cloud * np.float32(self.between(0.20, 0.42)))
        plates = [self._plate(scene, rng, number) for number in range(int(rng.integers(1, 4)))]
        region = scene.canvas.region(np.concatenate(plates), margin=24)
        mask = scene.canvas.fill(*plates, soft=4.5)[region]
        scene.flood(region, mask * np.float32(self.between(0.46, 0.78)))
        scene.mark("Atelectasis", region, (mask > 0.25) & (scene.lungs[side][region] > 0.4))

    def _plate(self, scene: Scene, rng: np.random.Generator, number: int) -> Points:
        """A thin lens, slightly tilted, drawn from the hilum's side outward."""
        low = scene.build.dome(self.side) - 34 - 50 * number - rng.uniform(0, 18)
        wall = float(scene.thorax.wall(low, self.side))
        inner, outer = wall * rng.uniform(0.16, 0.45), wall * rng.uniform(0.70, 0.98)
        tilt = rng.normal(0.07, 0.09) * (outer - inner)
        line = smooth([(inner, low + tilt), ((inner + outer) / 2, low - 5), (outer, low - tilt)], closed=False)
        lens = np.sin(np.linspace(0.2, np.pi - 0.2, len(line)))
        return band(line * (self.side, 1), self.between(15, 27) * rng.uniform(0.8, 1.2) * lens)

    def profile(self, view: Profile) -> None:
        """Plates above the domes, behind."""
        rng, plates = self.chance(), []
        for number in range(2):
            x, y = view.side.place(0.90 - 0.10 * number, rng.uniform(0.5, 0.7))
            long = rng.uniform(45, 80)
            line = smooth([(x - long, y + 10), (x, y - 5), (x + long, y - 10)], closed=False)
            plates.append(band(line, self.between(15, 27) * np.sin(np.linspace(0.2, np.pi - 0.2, len(line)))))
        region, mask = view.fill(*plates, soft=4.5, margin=24)
        view.flood(region, mask * np.float32(self.between(0.40, 0.65)))
