"""Pleural thickening: a white rind between lung and wall, along the side and over the apex, uneven inside."""

import numpy as np

from hilum.phantom.lateral import Profile
from hilum.phantom.lesion import Lesion
from hilum.phantom.scene import Scene
from hilum.registry import register


@register
class Pleural_Thickening(Lesion):
    """A rind of 1 to 2.5 cm on one side."""

    def paint(self, scene: Scene) -> None:
        """Take the air out of the outer rim of the lung from the apex down."""
        rng, side, thorax = self.chance(), self.side, scene.thorax
        top = scene.build.apex
        y = np.linspace(top - 30, top + rng.uniform(0.7, 0.95) * (thorax.angle(side) - top), 26)
        waves = np.sin(rng.uniform(0, 6) + y / rng.uniform(36, 60)) + 0.6 * np.sin(
            rng.uniform(0, 6) + y / rng.uniform(18, 28)
        )
        fade = np.interp(np.arange(26), [0, 18, 25], [1.0, 1.0, 0.2])
        inner = thorax.wall(y, side) - self.between(26, 56) * (1 + 0.22 * waves) * fade
        inner = np.where(y < top + 40, np.minimum(inner, 0.30 * scene.build.half_width), inner)
        rind = np.concatenate([np.stack([inner, y], 1), np.stack([thorax.wall(y[::-1], side) + 40, y[::-1]], 1)])
        wide = scene.build.half_width
        cap = np.array([(40, top - 40), (0.7 * wide, top - 40), (0.55 * wide, top + self.between(24, 52)),
                        (0.30 * wide, top + self.between(20, 44)), (50, top + 50)])  # fmt: skip
        region = scene.canvas.region(np.concatenate([rind, cap]) * (side, 1), margin=6)
        mask = scene.canvas.fill(rind * (side, 1), cap * (side, 1), soft=4.5)[region]
        scene.flood(region, mask * np.float32(self.between(0.62, 0.90)))

    def profile(self, view: Profile) -> None:
        """The rind along the back wall."""
        y = np.linspace(view.build.apex, view.build.domes[0] + 60, 20)
        back = view.side.back(y)
        inner = np.stack([back - self.between(16, 36), y], axis=1)
        rind = np.concatenate([inner, np.stack([back[::-1] + 40, y[::-1]], axis=1)])
        region, mask = view.fill(rind, soft=5.0, margin=10)
        view.flood(region, mask * np.float32(self.between(0.35, 0.55)))
