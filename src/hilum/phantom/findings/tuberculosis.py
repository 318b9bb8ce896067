"""Tuberculosis: patches and small nodules at the top of a lung, often a cavity, not one of NIH's findings."""

import numpy as np

from hilum.phantom.curves import oval
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register


@register
class Tuberculosis(Lesion):
    """Upper-lobe disease of one side, with a thick-walled cavity when it is gross."""

    def paint(self, scene: Scene) -> None:
        """Patches about one point under the clavicle, small nodules around, a ring."""
        rng, side = self.chance(), self.side
        depth, out = rng.uniform(0.16, 0.32), rng.uniform(0.42, 0.68)
        for _ in range(4):
            x, y = scene.thorax.place(side, depth + rng.normal(0, 0.06), out + rng.normal(0, 0.12))
            radius = self.between(34, 62) * rng.uniform(0.8, 1.2)
            region, mask = scene.blob(x, y, radius, radius, ragged=0.22, soft=0.5)
            scene.flood(region, mask * np.float32(self.between(0.36, 0.66)))
        near = [(depth + rng.normal(0, 0.13), out + rng.normal(0, 0.2)) for _ in range(22)]
        grains = [oval(*scene.thorax.place(side, *spot), 9, 9) for spot in near]
        region, mask = scene.fill(*grains, soft=3.0, margin=12)
        scene.flood(region, mask * np.float32(0.30))
        if self.severity > 0.45:
            x, y = scene.thorax.place(side, depth, out)
            radius = self.between(20, 46)
            region, ring = scene.fill(oval(x, y, 1.35 * radius, 1.3 * radius), soft=4.0, margin=16)
            hole = scene.canvas.fill(oval(x, y, radius, 0.95 * radius), soft=4.0)[region]
            scene.flood(region, ring * (1 - hole) * np.float32(0.60))
            scene.aeration[region] = np.maximum(scene.aeration[region], hole * np.float32(0.9))
