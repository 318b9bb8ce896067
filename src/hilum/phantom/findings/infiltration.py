"""Infiltration: a faint haze with coarse streaks, in no lobe's bounds, often on both sides."""

import numpy as np

from hilum.phantom.lateral import Profile
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register


@register
class Infiltration(Lesion):
    """Wide, faint, streaky; vessels stay visible through it."""

    def paint(self, scene: Scene) -> None:
        """Haze one lung's middle and lower part, and the other's in half of the patients."""
        rng = self.chance()
        for side in (self.side, -self.side) if rng.random() < 0.5 else (self.side,):
            x, y = scene.thorax.place(side, rng.uniform(0.48, 0.72), rng.uniform(0.36, 0.58))
            rx, ry = rng.uniform(105, 150), rng.uniform(130, 190)
            region, mask = scene.blob(x, y, rx, ry, ragged=0.20, soft=0.75)
            across, _ = scene.canvas.units(region)
            mask = mask * np.clip(side * across / 30, 0, 1)
            scene.flood(region, mask * np.float32(self.between(0.22, 0.40)))
            streaks = np.maximum(scene.noise("mesh", region), -0.6) * np.float32(self.between(0.06, 0.11))
            scene.markings[region] += streaks * mask * scene.airy(region)
            scene.mark("Infiltration", region, mask * scene.lungs[side][region] > 0.3)

    def profile(self, view: Profile) -> None:
        """The same haze from the side."""
        x, y = view.side.place(0.6, 0.55)
        region, mask = view.blob(x, y, 130, 160, ragged=0.20, soft=0.75)
        view.flood(region, mask * np.float32(self.between(0.14, 0.26)))
        streaks = np.maximum(view.noise("mesh", region), -0.6) * np.float32(0.05)
        view.markings[region] += streaks * mask * view.airy(region)
