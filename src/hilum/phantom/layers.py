"""A chest in layers of X-ray absorption, which lesions change before the image is exposed.

What an image shows is what absorbs along each ray, added up: tissue, bone and devices add; air in the lungs takes away.
So a lesion is drawn as what it is. Water in the air spaces lowers `aeration` (and hides the vessels, the silhouette
sign follows by itself); a pneumothorax removes `markings`; a mass is a place without air.
"""

from dataclasses import dataclass

import numpy as np

from hilum.phantom import texture
from hilum.phantom.canvas import Canvas, Layer, Region
from hilum.phantom.curves import Points


@dataclass
class Layers:
    """One chest, ready to be changed and exposed.

    Args:
        canvas: where it lies on the image.
        tissue: absorption of soft tissue, without the lungs' air.
        bones: absorption of ribs, spine and all other bone.
        depth: absorption that the air of a normal lung takes away.
        aeration: how much of that air is there; 1 normal, 0 none.
        markings: absorption of vessels and fine structure inside aerated lung.
        over: absorption of lines and devices that lie over everything.
        rng: for what a lesion leaves to chance.
    """

    canvas: Canvas
    tissue: Layer
    bones: Layer
    depth: Layer
    aeration: Layer
    markings: Layer
    over: Layer
    rng: np.random.Generator

    def absorption(self) -> Layer:
        """(size, size) what each ray loses; 0 in open air, about 2.3 through the abdomen."""
        air = np.minimum(self.depth * self.aeration, np.float32(0.82) * self.tissue)  # the walls' tissue stays
        inside = self.tissue - air + self.markings * np.minimum(self.aeration, 1.0)
        return np.asarray(np.maximum(inside, 0.0) + self.bones + self.over)

    def flood(self, region: Region, amount: Layer) -> None:
        """Take air away: `amount` 1 leaves none, 0 changes nothing."""
        self.aeration[region] *= 1.0 - np.clip(amount, 0.0, 1.0)

    def airy(self, region: Region) -> Layer:
        """Where rays meet lung, 0 to 1: what belongs to the lung's own structure is drawn only there."""
        return np.asarray(np.minimum(self.depth[region] * np.float32(2.0), 1.0))

    def noise(self, kind: str, region: Region) -> Layer:
        """A window of a noise field over a region of the image, mean 0, deviation 1."""
        return texture.cut(kind, self.canvas.size, self.rng)[region]

    def blob(self, x: float, y: float, rx: float, ry: float, *, ragged: float, soft: float) -> tuple[Region, Layer]:
        """A patch with an uneven edge.

        Args:
            x: center, chest units.
            y: center.
            rx: half width where the patch reaches one half.
            ry: half height.
            ragged: how far noise moves the edge, relative to the radius.
            soft: width of the edge, relative to the radius.

        Returns:
            The region and, over it, how much each pixel belongs to the patch, in [0, 1].
        """
        reach = 1.0 + 2.0 * ragged + soft
        corners = np.array([[x - rx * reach, y - ry * reach], [x + rx * reach, y + ry * reach],
                            [x - rx * reach, y + ry * reach], [x + rx * reach, y - ry * reach]])  # fmt: skip
        region = self.canvas.region(corners)
        across, down = self.canvas.units(region)
        radius = np.sqrt(((across - x) / rx) ** 2 + ((down - y) / ry) ** 2)
        if ragged:
            radius = radius + np.float32(ragged) * self.noise("patch", region)
        return region, np.clip((1.0 + soft - radius) / (2 * soft), 0.0, 1.0).astype(np.float32)

    def fill(self, *outlines: Points, soft: float, margin: float) -> tuple[Region, Layer]:
        """Filled shapes over the region that holds them; `soft` (blur) and `margin` in units."""
        region = self.canvas.region(np.concatenate(outlines), margin)
        return region, self.canvas.fill(*outlines, soft=soft)[region]
