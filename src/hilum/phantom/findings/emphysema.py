"""Emphysema: lungs too large and too black, domes low and flat, few vessels, a narrow upright heart."""

from dataclasses import replace

from hilum.phantom.build import Build
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register


@register
class Emphysema(Lesion):
    """Overinflation of both lungs, with bullae when gross."""

    def reshape(self, build: Build) -> Build:
        """Domes down and flat, heart narrow, vessels thin, more air."""
        return replace(
            build,
            domes=build.with_domes(0, self.between(24, 100)),
            flatness=max(build.flatness, self.between(0.35, 1.0)),
            heart_ratio=build.heart_ratio * self.between(0.94, 0.80),
            vessels=build.vessels * self.between(0.85, 0.5),
            air=build.air * self.between(1.04, 1.17),
        )

    def paint(self, scene: Scene) -> None:
        """Bullae at the tops: round spaces without vessels."""
        rng = self.chance()
        for side in (-1, 1):
            for _ in range(round(self.between(0, 3))):
                x, y = scene.thorax.place(side, rng.uniform(0.08, 0.32), rng.uniform(0.4, 0.85))
                radius = rng.uniform(28, 60)
                region, mask = scene.blob(x, y, radius, radius * 0.9, ragged=0.05, soft=0.18)
                mask = mask * scene.lungs[side][region]
                scene.markings[region] *= 1 - 0.7 * mask
                scene.aeration[region] *= 1 + 0.05 * mask
