"""From a Build to the layers of a frontal image, before any lesion."""

import cv2
import numpy as np

from hilum.phantom import texture
from hilum.phantom.anatomy import bones, heart, lungs
from hilum.phantom.anatomy.thorax import Thorax
from hilum.phantom.build import Build
from hilum.phantom.canvas import Canvas, Layer
from hilum.phantom.curves import Points, oval
from hilum.phantom.scene import Scene

SIDES = (-1, 1)


def frontal(build: Build, canvas: Canvas, *, person: np.random.Generator, day: np.random.Generator) -> Scene:
    """Lay a chest out in layers.

    Args:
        build: the chest.
        canvas: the image.
        person: chance that stays with the patient (the tree of vessels, the gas in the stomach).
        day: chance of this image.
    """
    thorax = Thorax(build)
    center = canvas.fill(heart.heart(build), soft=2.8)
    great = canvas.fill(heart.vessels(build), soft=3.5)
    aorta = canvas.fill(heart.descending_aorta(build), soft=2.0)
    inside = {side: canvas.fill(thorax.lung(side), soft=2.2) for side in SIDES}
    below = canvas.fill(*(thorax.abdomen(side) for side in SIDES), soft=2.2)
    fields = {side: inside[side] * (1 - below) * (1 - np.maximum(center, great)) for side in SIDES}
    depth = _air(canvas, inside, build)
    depth *= 1 - below * 0.93
    depth *= 1 - center * (0.50 + 0.52 * canvas.wide(center, 80))
    depth *= 1 - great * (0.42 + 0.5 * canvas.wide(great, 36))
    depth *= 1 - 0.20 * aorta
    tissue = _body(canvas, thorax, day)
    tissue *= 1 + 0.05 * below + 0.03 * aorta
    tissue -= _gas(canvas, thorax, person, day)
    if build.breast:
        tissue += _breasts(canvas, thorax, day)
    return Scene(
        canvas=canvas,
        thorax=thorax,
        tissue=tissue,
        bones=_skeleton(canvas, thorax, day) * (1 - np.float32(0.55) * below) * (1 - np.float32(0.45) * center),
        depth=depth,
        aeration=np.full_like(depth, build.air),
        markings=_markings(canvas, build, inside, person, day) * (1 - np.float32(0.8) * np.maximum(center, below)),
        over=canvas.blank(),
        lungs=fields,
        heart=heart.heart(build),
        rng=day,
    )


def _air(canvas: Canvas, inside: dict[int, Layer], build: Build) -> Layer:
    """What the air of both lungs takes away: thickest in the middle of a lung, none at its rim."""
    both = inside[-1] + inside[1]
    middle = canvas.wide(both, 42)
    y = canvas.heights()
    top, base = build.apex, build.dome(-1)
    tall = np.interp((y - top) / (base - top), [0, 0.12, 0.35, 0.8, 1.1], [0.55, 0.78, 1.0, 1.06, 1.0]).astype(
        np.float32
    )
    return np.asarray(both * (0.72 + 0.72 * np.clip(middle - 0.45, 0.0, 0.5)) * tall * np.float32(1.22))


def _body(canvas: Canvas, thorax: Thorax, day: np.random.Generator) -> Layer:
    """Soft tissue of trunk, neck and arms: an elliptical body, thicker from neck to belly."""
    skin = canvas.fill(thorax.trunk(), soft=1.5)
    arms = canvas.fill(*(thorax.arm(side)[1] for side in SIDES), soft=3.0)
    small = cv2.resize(skin, (128, 128), interpolation=cv2.INTER_AREA)
    inner = cv2.distanceTransform((small > 0.5).astype(np.uint8), cv2.DIST_L2, 3) * (8.0 / canvas.zoom)
    round_ = np.sqrt(np.clip(1 - (1 - np.clip(inner / 290.0, 0, 1)) ** 2, 0, 1))
    round_ = cv2.GaussianBlur(round_.astype(np.float32), (0, 0), 2.2)
    shape = cv2.resize(round_, (canvas.size, canvas.size), interpolation=cv2.INTER_LINEAR)
    y = canvas.heights()
    stout = 1 + (thorax.build.fat - 50) / 400
    tall = np.interp(y, [0, 100, 200, 330, 520, 760, 1024], [1.12, 1.30, 1.62, 1.80, 1.94, 2.16, 2.36]).astype(
        np.float32
    )
    cloud = texture.cut("cloud", canvas.size, day)
    body = skin * shape * tall * np.float32(stout) * (1 + 0.03 * cloud)
    limb = arms * (0.55 + 0.45 * canvas.wide(arms, 26)) * (0.92 + 0.03 * cloud)
    return np.asarray(np.maximum(body, limb) + 0.05 * canvas.wide(skin, 80))


def _skeleton(canvas: Canvas, thorax: Thorax, day: np.random.Generator) -> Layer:
    build = thorax.build
    behind, front = bones.ribs(thorax)
    bodies, processes = bones.spine(thorax)
    tilt = float(day.normal(12, 14))
    layer = 0.19 * bone(canvas, behind, 2.8) + 0.125 * bone(canvas, front, 2.8)
    layer += 0.27 * bone(canvas, bones.clavicles(thorax, tilt), 3.4)
    layer += 0.16 * bone(canvas, bodies, 3.4) + 0.08 * canvas.fill(*processes, soft=2.0)
    layer += 0.20 * bone(canvas, bones.scapulae(thorax), 3.0)
    layer += 0.24 * bone(canvas, bones.humeri(thorax), 4.0)
    return layer * np.float32(build.bone)


def bone(canvas: Canvas, outlines: list[Points], cortex: float) -> Layer:
    """Bones as shells: marrow at 0.6, and a rim of cortex at 1.0; `cortex` is the width of the rim, units."""
    ink = canvas.ink(*outlines, strength=0.6)
    canvas.strokes([np.concatenate([outline, outline[:1]]) for outline in outlines], cortex, onto=ink)
    return canvas.layer(ink, 1.8)


def _gas(canvas: Canvas, thorax: Thorax, person: np.random.Generator, day: np.random.Generator) -> Layer:
    """Air in the windpipe and in the stomach under the left dome, flat below in one who stands."""
    layer = canvas.blank()
    for line, width in heart.airway(thorax.build):
        layer += canvas.lines([line], width, soft=4.0) * np.float32(0.30)
    build = thorax.build
    x, wide = float(person.uniform(110, 180)), float(person.uniform(45, 85)) * float(day.uniform(0.6, 1.15))
    tall = wide * float(person.uniform(0.45, 0.75))
    y = build.dome(1) + 16 + tall + 18 * build.flatness
    bubble = canvas.fill(oval(x, y, wide, tall, wobble=(0.05, 0.05)), soft=3.0)
    if build.view == "PA":
        bubble = bubble * np.clip((y + 0.4 * tall - canvas.heights()) / 4.0, 0, 1)
    bowel = canvas.blank()
    for _ in range(int(day.integers(0, 4))):
        loop = oval(day.uniform(60, 260), y + day.uniform(60, 190), day.uniform(22, 55), day.uniform(16, 32))
        bowel += canvas.fill(loop, soft=9.0) * np.float32(day.uniform(0.08, 0.22))
    return np.asarray(layer + bowel + bubble * np.float32(day.uniform(0.25, 0.7)))


def _breasts(canvas: Canvas, thorax: Thorax, day: np.random.Generator) -> Layer:
    """Two folds whose lower edges show; upward and toward the breast bone they fade away."""
    build = thorax.build
    low = build.apex + 578 + float(day.normal(0, 16))
    wide, tall = 135 + 50 * build.breast, 190 + 70 * build.breast
    layer = canvas.blank()
    for side in SIDES:
        fold = oval(side * (0.06 * build.half_width + wide), low - 0.5 * tall, wide, tall, angle=-0.22 * side)
        region = canvas.region(fold, margin=12)
        x, y = canvas.units(region)
        down = np.clip((y - low + 1.1 * tall) / (1.35 * tall), 0, 1)
        out = np.clip((side * x - 0.10 * build.half_width) / (0.55 * build.half_width), 0, 1)
        layer[region] += canvas.fill(fold, soft=4.5)[region] * down * np.sqrt(out)
    return layer * np.float32(0.42 * build.breast)


def _markings(
    canvas: Canvas, build: Build, inside: dict[int, Layer], person: np.random.Generator, day: np.random.Generator
) -> Layer:
    """Vessels and fine structure."""
    ink = canvas.ink()
    trees = {side: lungs.vessels(build, side, person) for side in SIDES}
    for generation in reversed(range(lungs.GENERATIONS)):
        for side in SIDES:
            width = (13.0, 10.0, 7.5, 5.5, 4.0, 2.8, 2.0)[generation]
            strength = (0.7, 0.8, 0.8, 0.72, 0.66, 0.6, 0.55)[generation]
            canvas.strokes(trees[side][generation], width, strength=strength, onto=ink)
    tree = canvas.layer(ink, 2.0)
    both = inside[-1] + inside[1]
    fine = 0.020 * texture.cut("mesh", canvas.size, day) + 0.020 * texture.cut("mottle", canvas.size, day)
    roots = canvas.blank()
    for side in SIDES:
        x, y = heart.hilum(build, side)
        roots += canvas.wide(canvas.fill(oval(x + side * 12, y + 12, 32, 58, angle=-0.25 * side)), 16)
    return (build.vessels * (0.20 * tree + 0.24 * roots) + fine) * both
