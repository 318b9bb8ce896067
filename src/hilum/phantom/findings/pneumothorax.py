"""Pneumothorax: air outside the lung. A fine line, the visceral pleura, and no vessels beyond it, widest at the top."""

from dataclasses import replace

import numpy as np

from hilum.phantom.anatomy.heart import hilum
from hilum.phantom.build import Build
from hilum.phantom.curves import Points, smooth
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register


@register
class Pneumothorax(Lesion):
    """A rim of air at the apex up to a collapsed lung."""

    def reshape(self, build: Build) -> Build:
        """Air under pressure pushes the heart away and the dome down."""
        push = max(0.0, self.severity - 0.6)
        return replace(build, shift=build.shift - self.side * 70 * push, domes=build.with_domes(self.side, 60 * push))

    def paint(self, scene: Scene) -> None:
        """Darken beyond the pleural line, erase the vessels there, crowd the lung inside it."""
        side = self.side
        whole = scene.canvas.region(scene.thorax.lung(side), margin=4)
        edge = self._edge(scene)
        lung = scene.canvas.fill(edge, soft=1.2)[whole]
        field = scene.lungs[side][whole]
        beyond = np.clip(scene.canvas.fill(scene.thorax.lung(side), soft=2.0)[whole] - lung, 0, 1)
        scene.markings[whole] *= 1 - beyond
        scene.aeration[whole] *= 1 + beyond * np.float32(0.16) - lung * np.float32(self.between(0.05, 0.30))
        line = scene.canvas.lines([np.concatenate([edge, edge[:1]])], 3.0, soft=0.9)[whole]
        scene.over[whole] += line * field * np.float32(0.11)
        scene.mark("Pneumothorax", whole, (beyond > 0.5) & (field > 0.5))

    def _edge(self, scene: Scene) -> Points:
        """The collapsed lung's outline: the lung drawn in toward its hilum, most at the top and the side."""
        rng = self.chance()
        outline, build = scene.thorax.lung(self.side), scene.build
        center = np.array(hilum(build, self.side))
        down = (outline[:, 1] - build.apex) / (build.dome(self.side) - build.apex)
        gap = self.between(0.15, 0.60) * np.interp(down, [0, 0.3, 0.8, 1.2], [1.0, 0.85, 0.50, 0.28])
        gap *= 1 + 0.08 * np.sin(rng.uniform(0, 6) + 7 * down)
        out = np.clip((np.abs(outline[:, 0]) - 60) / 120, 0, 1)
        shrunk = center + (outline - center) * (1 - (gap * (0.25 + 0.75 * out))[:, None])
        return smooth(shrunk[::4], per=4)
