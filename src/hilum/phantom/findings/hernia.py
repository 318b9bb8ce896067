"""Hernia: stomach above the diaphragm, a round shadow behind the heart with air over a level of fluid."""

import numpy as np

from hilum.phantom.curves import oval
from hilum.phantom.lateral import Profile
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register


@register
class Hernia(Lesion):
    """A hiatal hernia of 5 to 10 cm, a little left of the midline."""

    def paint(self, scene: Scene) -> None:
        """A wall of soft tissue, air inside, fluid below a level line."""
        rng, build = self.chance(), scene.build
        radius = self.between(66, 122)
        x = build.shift + rng.uniform(0, 52)
        y = build.dome(1) - 0.55 * radius + rng.uniform(-8, 14)
        outline = oval(x, y, radius, radius * rng.uniform(0.84, 1.0), wobble=rng.normal(0, 0.035, 3))
        region = scene.canvas.region(outline, margin=12)
        wall = scene.canvas.fill(outline, soft=3.5)[region]
        hollow = scene.canvas.fill(oval(x, y, 0.86 * radius, 0.80 * radius), soft=3.5)[region]
        _, down = scene.canvas.units(region)
        level = y + rng.uniform(-0.05, 0.35) * radius
        air = hollow * np.clip((level - down) / 5 + 0.5, 0, 1)
        scene.flood(region, wall * np.float32(0.85))
        scene.tissue[region] += 0.16 * wall - air * np.float32(self.between(0.42, 0.72))

    def profile(self, view: Profile) -> None:
        """Behind the heart, before the spine, with the same level."""
        radius = self.between(66, 122)
        x, y = 0.30 * view.side.half, view.build.dome(1) - 0.45 * radius
        region, wall = view.fill(oval(x, y, 0.86 * radius, 0.9 * radius), soft=3.5, margin=12)
        hollow = view.canvas.fill(oval(x, y, 0.72 * radius, 0.76 * radius), soft=3.5)[region]
        _, down = view.canvas.units(region)
        air = hollow * np.clip((y + 0.2 * radius - down) / 5 + 0.5, 0, 1)
        view.flood(region, wall * np.float32(0.5))
        view.tissue[region] -= air * np.float32(self.between(0.30, 0.55))
