"""Nodule: one or a few round shadows of at most 3 cm, smooth at the edge."""

import numpy as np

from hilum.phantom.curves import oval
from hilum.phantom.findings.mass import CENTIMETER
from hilum.phantom.lateral import Profile
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register


@register
class Nodule(Lesion):
    """One to five nodules of 1.4 to 2.9 cm."""

    def paint(self, scene: Scene) -> None:
        """Small balls, on both sides when there are several."""
        rng = self.chance()
        for number in range(int(rng.integers(1, 6))):
            side = self.side if number == 0 else int(rng.choice([-1, 1]))
            x, y = scene.thorax.place(side, rng.uniform(0.15, 0.92), rng.uniform(0.3, 0.9))
            radius = min(self.between(0.75, 1.4) * rng.uniform(0.85, 1.15), 1.47) * CENTIMETER
            outline = oval(
                x, y, radius, radius * rng.uniform(0.85, 1.0), angle=rng.uniform(0, 3), wobble=rng.normal(0, 0.03, 2)
            )
            region = scene.canvas.region(outline, margin=10)
            mask = scene.canvas.fill(outline, soft=4.2)[region]
            scene.flood(region, mask * np.float32(self.between(0.52, 0.86)))
            scene.mark("Nodule", region, (mask > 0.4) & (scene.lungs[side][region] > 0.3))

    def profile(self, view: Profile) -> None:
        """The same balls from the side."""
        rng = self.chance()
        for _ in range(int(rng.integers(1, 6))):
            x, y = view.side.place(rng.uniform(0.15, 0.92), rng.uniform(0.15, 0.85))
            radius = self.between(0.75, 1.4) * CENTIMETER
            region, mask = view.fill(oval(x, y, radius, 0.92 * radius), soft=4.2, margin=12)
            view.flood(region, mask * np.float32(self.between(0.30, 0.52)))
