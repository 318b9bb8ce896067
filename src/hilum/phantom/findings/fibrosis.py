"""Fibrosis: a net of coarse lines at the bases and the rim of both lungs, which shrink."""

from dataclasses import replace

import numpy as np

from hilum.phantom.build import Build
from hilum.phantom.lateral import Profile
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register


@register
class Fibrosis(Lesion):
    """Reticular, basal and peripheral, on both sides."""

    def reshape(self, build: Build) -> Build:
        """Smaller lungs."""
        return replace(build, domes=build.with_domes(0, -self.between(20, 55)))

    def paint(self, scene: Scene) -> None:
        """Add the net where lung is low or near the wall."""
        for side in (-1, 1):
            region = scene.canvas.region(scene.thorax.lung(side), margin=4)
            x, y = scene.canvas.units(region)
            down = (y - scene.build.apex) / (scene.build.dome(side) - scene.build.apex)
            out = np.abs(x) / scene.build.half_width
            where = np.clip(1.5 * (down - 0.45) + 0.7 * (out - 0.55), 0, 1).astype(np.float32)
            where = where * scene.lungs[side][region] * np.float32(self.between(0.65, 1.0))
            net = np.maximum(scene.noise("mesh", region) + 0.25, -0.7)
            scene.markings[region] += where * net * np.float32(self.between(0.15, 0.27))
            scene.flood(region, where * np.float32(0.22))

    def profile(self, view: Profile) -> None:
        """The net above both domes, behind."""
        x, y = view.side.place(0.88, 0.68)
        region, mask = view.blob(x, y, 150, 170, ragged=0.1, soft=0.6)
        mask = mask * view.airy(region)
        net = np.maximum(view.noise("mesh", region) + 0.25, -0.7)
        view.markings[region] += mask * net * np.float32(self.between(0.15, 0.27))
        view.flood(region, mask * np.float32(0.12))
