"""From a Build to the layers of a lateral image, before any lesion."""

from dataclasses import dataclass

import cv2
import numpy as np

from hilum.phantom import texture
from hilum.phantom.anatomy import lungs
from hilum.phantom.anatomy.side import Side
from hilum.phantom.build import Build
from hilum.phantom.canvas import Canvas, Layer
from hilum.phantom.curves import band, oval, smooth
from hilum.phantom.frontal import bone
from hilum.phantom.layers import Layers


@dataclass
class Profile(Layers):
    """A chest from the side.

    Args:
        side: its outlines.
    """

    side: Side

    @property
    def build(self) -> Build:
        """The numbers that the chest was made from."""
        return self.side.build


def lateral(build: Build, canvas: Canvas, *, person: np.random.Generator, day: np.random.Generator) -> Profile:
    """Lay a chest out from the side.

    Args:
        build: the chest.
        canvas: the image.
        person: chance that stays with the patient.
        day: chance of this image.
    """
    side = Side(build)
    inside = canvas.fill(side.lungs(), soft=3.0)
    domes = [canvas.fill(side.abdomen(which), soft=2.2) for which in (-1, 1)]
    heart = canvas.fill(side.heart(), soft=7.0)
    great = canvas.fill(side.great_vessels(), soft=8.0)
    depth = inside * (0.66 + 0.62 * np.clip(canvas.wide(inside, 40) - 0.45, 0.0, 0.5)) * np.float32(1.62)
    depth *= (1 - 0.84 * domes[0]) * (1 - 0.78 * domes[1])
    depth *= (1 - heart * (0.26 + 0.40 * canvas.wide(heart, 60))) * (1 - 0.13 * great)
    tissue = _body(canvas, side, day)
    tissue -= _airway(canvas, side)
    return Profile(
        canvas=canvas,
        tissue=tissue,
        bones=_skeleton(canvas, side),
        depth=depth,
        aeration=np.full_like(depth, build.air),
        markings=_markings(canvas, side, inside, person, day),
        over=canvas.blank(),
        rng=day,
        side=side,
    )


def _body(canvas: Canvas, side: Side, day: np.random.Generator) -> Layer:
    """Thicker than from the front, thickest at the shoulders, which both arms cross, and at the belly."""
    skin = canvas.fill(side.trunk(), soft=1.5)
    small = cv2.resize(skin, (128, 128), interpolation=cv2.INTER_AREA)
    inner = cv2.distanceTransform((small > 0.5).astype(np.uint8), cv2.DIST_L2, 3) * (8.0 / canvas.zoom)
    round_ = np.sqrt(np.clip(1 - (1 - np.clip(inner / 190.0, 0, 1)) ** 2, 0, 1)).astype(np.float32)
    shape = cv2.resize(cv2.GaussianBlur(round_, (0, 0), 2.5), (canvas.size, canvas.size))
    y = canvas.heights()
    tall = np.interp(y, [0, 130, 260, 420, 700, 1024], [1.3, 2.1, 2.35, 2.05, 2.10, 2.55]).astype(np.float32)
    arms = canvas.wide(canvas.fill(side.arms()), 18)
    cloud = texture.cut("cloud", canvas.size, day)
    body = skin * shape * tall * (1 + 0.03 * cloud) * np.float32(1 + (side.build.fat - 50) / 300)
    return np.asarray(np.maximum(body, 0.9 * arms) + 0.45 * arms * skin + 0.05 * canvas.wide(skin, 80))


def _skeleton(canvas: Canvas, side: Side) -> Layer:
    layer = 0.075 * bone(canvas, side.ribs(), 2.4)
    layer += 0.21 * bone(canvas, side.vertebrae(), 2.6) + 0.24 * bone(canvas, [side.breastbone()], 3.0)
    top, half = side.build.apex, side.half
    for out in (0.0, 0.12):
        blade = smooth(
            [((0.80 + out) * half, top + 40), ((1.02 + out) * half, top + 250), ((0.86 + out) * half, top + 330)],
            closed=False,
        )
        layer += 0.16 * canvas.fill(band(blade, 11.0), soft=2.0)
    return np.asarray(layer * np.float32(side.build.bone))


def _airway(canvas: Canvas, side: Side) -> Layer:
    """The windpipe, and the upper lobes' bronchi seen end-on as dark rings."""
    x, y = side.hilum()
    top = side.build.apex
    line = smooth([(0.16 * side.half, top - 200), (0.02 * side.half, top), (x - 6, y - 40)], closed=False)
    layer = canvas.lines([line], 42.0, soft=5.0) * np.float32(0.38)
    return np.asarray(layer + 0.25 * canvas.fill(oval(x - 4, y - 8, 14, 14), oval(x - 2, y + 42, 12, 12), soft=2.5))


def _markings(
    canvas: Canvas, side: Side, inside: Layer, person: np.random.Generator, day: np.random.Generator
) -> Layer:
    ink = canvas.ink()
    x, y = side.hilum()
    for toward in (-1, 1):
        trees = lungs.vessels(side.build, toward, person)
        for generation in reversed(range(lungs.GENERATIONS)):
            lines = (trees[generation] - (toward * 74 + side.build.shift, 0)) * (0.72, 1.0) + (x, 0)
            canvas.strokes(lines, (12, 9, 6.5, 5, 3.5, 2.5, 2)[generation], strength=0.7, onto=ink)
    roots = canvas.wide(canvas.fill(oval(x, y + 6, 52, 66)), 18)
    fine = 0.022 * texture.cut("mesh", canvas.size, day) + 0.024 * texture.cut("mottle", canvas.size, day)
    return np.asarray((side.build.vessels * (0.18 * canvas.layer(ink, 2.0) + 0.26 * roots) + fine) * inside)
