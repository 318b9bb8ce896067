"""Mass: a round or lobulated shadow wider than 3 cm, often with short spikes at its edge."""

import numpy as np

from hilum.phantom.curves import Points, oval
from hilum.phantom.lateral import Profile
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register

CENTIMETER = 26.0  # chest units: an image of 1024 units is about 40 cm wide


@register
class Mass(Lesion):
    """One mass of 3.5 to 8 cm."""

    def paint(self, scene: Scene) -> None:
        """A solid ball: without air, densest in its middle."""
        rng, side = self.chance(), self.side
        x, y = scene.thorax.place(side, rng.uniform(0.18, 0.82), rng.uniform(0.28, 0.82))
        radius = self.between(1.9, 3.9) * CENTIMETER
        outline = oval(
            x, y, radius, radius * rng.uniform(0.8, 1.0), angle=rng.uniform(0, 3), wobble=rng.normal(0, 0.05, 4)
        )
        shapes = [outline, *self._spikes(x, y, radius, rng)] if rng.random() < 0.5 else [outline]
        region = scene.canvas.region(np.concatenate(shapes), margin=16)
        mask = scene.canvas.fill(*shapes, soft=5.0)[region]
        ball = mask * (0.55 + 0.45 * scene.canvas.wide(scene.canvas.fill(outline), 0.6 * radius)[region])
        scene.flood(region, ball * np.float32(self.between(0.58, 0.92)))
        scene.mark("Mass", region, (scene.canvas.fill(outline)[region] > 0.5) & (scene.lungs[side][region] > 0.3))

    def _spikes(self, x: float, y: float, radius: float, rng: np.random.Generator) -> list[Points]:
        turns = rng.uniform(0, 2 * np.pi, 22)
        long = radius * rng.uniform(1.1, 1.45, 22)
        spikes = []
        for turn, reach in zip(turns, long, strict=True):
            out, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
            center = np.array([x, y])
            spikes.append(
                np.array(
                    [
                        center + 0.8 * radius * out + 3 * across,
                        center + reach * out,
                        center + 0.8 * radius * out - 3 * across,
                    ]
                )
            )
        return spikes

    def profile(self, view: Profile) -> None:
        """The same ball at the same height."""
        rng = self.chance()
        x, y = view.side.place(rng.uniform(0.18, 0.82), rng.uniform(0.25, 0.8))
        radius = self.between(1.9, 3.9) * CENTIMETER
        region, mask = view.fill(oval(x, y, radius, 0.9 * radius), soft=5.0, margin=16)
        view.flood(region, mask * np.float32(self.between(0.40, 0.62)))
