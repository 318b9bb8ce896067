"""Cardiomegaly: the heart wider than half the thorax, its apex low and to the left."""

from dataclasses import replace

import numpy as np

from hilum.phantom.build import Build
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register


@register
class Cardiomegaly(Lesion):
    """A heart of 53 to 70 % of the thorax's width."""

    def reshape(self, build: Build) -> Build:
        """Widen the heart."""
        return replace(build, heart_ratio=max(build.heart_ratio + 0.04, self.between(0.53, 0.70)))

    def paint(self, scene: Scene) -> None:
        """Nothing to paint: the heart is drawn wide; its box is the outline above the diaphragm."""
        outline = scene.heart[scene.heart[:, 1] < scene.build.dome(1) + 45]
        region = scene.canvas.region(outline)
        whole = np.ones((region[0].stop - region[0].start, region[1].stop - region[1].start), dtype=bool)
        scene.mark("Cardiomegaly", region, whole)
