"""Pneumonia: patchy, ill-defined shadows of one lobe, usually low or middle, air and water side by side."""

import numpy as np

from hilum.phantom.lateral import Profile
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register


@register
class Pneumonia(Lesion):
    """Several confluent patches on one side."""

    def paint(self, scene: Scene) -> None:
        """Draw three to five patches around one center."""
        rng, side = self.chance(), self.side
        depth, out = rng.uniform(0.5, 0.82), rng.uniform(0.38, 0.68)
        every = scene.canvas.region(scene.thorax.lung(side), margin=8)
        field = scene.lungs[side]
        seen = np.zeros_like(field, dtype=bool)
        for _ in range(int(rng.integers(3, 6))):
            x, y = scene.thorax.place(side, depth + rng.normal(0, 0.085), out + rng.normal(0, 0.13))
            radius = self.between(46, 78) * rng.uniform(0.75, 1.25)
            region, mask = scene.blob(x, y, radius * rng.uniform(0.9, 1.3), radius, ragged=0.16, soft=0.55)
            patchy = 0.88 + 0.10 * scene.noise("mottle", region)
            scene.flood(region, mask * patchy * np.float32(self.between(0.48, 0.78)))
            seen[region] |= mask * field[region] > 0.35
        scene.mark("Pneumonia", every, seen[every])

    def profile(self, view: Profile) -> None:
        """Patches at the same height."""
        rng = self.chance()
        depth = rng.uniform(0.5, 0.82)
        for _ in range(3):
            x, y = view.side.place(depth + rng.normal(0, 0.08), rng.uniform(0.3, 0.8))
            radius = self.between(46, 78)
            region, mask = view.blob(x, y, radius, radius, ragged=0.16, soft=0.55)
            view.flood(region, mask * np.float32(self.between(0.28, 0.48)))
