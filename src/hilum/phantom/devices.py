"""What lies over or in a patient that is no finding: wires, lines, tubes, a pacemaker."""

from collections.abc import Sequence

import numpy as np

from hilum.phantom.anatomy import heart
from hilum.phantom.curves import Points, band, oval, smooth
from hilum.phantom.patient import Visit
from hilum.phantom.scene import Scene

DEVICES = ("leads", "line", "tube", "pacemaker")


def attach(scene: Scene, visit: Visit, person: np.random.Generator, day: np.random.Generator) -> None:
    """Lay the devices of a visit over the chest; absorption is added.

    Args:
        scene: the chest.
        visit: which devices.
        person: chance that stays with the patient (where the pacemaker sits).
        day: chance of this image.
    """
    if "leads" in visit.devices:
        _leads(scene, day)
    if "line" in visit.devices:
        _line(scene, day)
    if "tube" in visit.devices:
        _tube(scene, day)
    if "pacemaker" in visit.devices:
        _pacemaker(scene, person)


def _leads(scene: Scene, rng: np.random.Generator) -> None:
    """Three stickers of a monitor, each with its wire to the image's edge."""
    canvas, out = scene.canvas, scene.build.half_width
    spots = [(-0.72 * out, 250.0), (0.74 * out, 255.0), (0.78 * out, 610.0)]
    wires = []
    for x, y in spots:
        x, y = x + rng.normal(0, 32), y + rng.normal(0, 36)
        disc = canvas.fill(oval(x, y, 15, 15), soft=1.0) * np.float32(0.28)
        scene.over += disc + canvas.fill(oval(x, y, 6, 6), soft=0.8) * np.float32(0.7)
        end = (np.sign(x) * 620, y + rng.uniform(-120, 160))
        wires.append(smooth([(x, y), (x + np.sign(x) * 60, y + rng.uniform(-10, 70)), end], closed=False))
    scene.over += canvas.lines(wires, 4.5, soft=0.7) * np.float32(0.30)


def _line(scene: Scene, rng: np.random.Generator) -> None:
    """A central venous line from the right side of the neck to the superior vena cava."""
    top, reach = scene.build.apex, scene.build.dome(1) - scene.build.apex
    tip = top + reach * rng.uniform(0.36, 0.50)
    neck = -150 + rng.normal(0, 15)
    points = [(neck, top - 160), (-92, top - 40), (-46, top + 60), (-30, top + 0.25 * reach), (-28, tip)]
    scene.over += scene.canvas.lines([_shifted(points, scene)], 5.0, soft=0.7) * np.float32(0.30)


def _tube(scene: Scene, rng: np.random.Generator) -> None:
    """A breathing tube in the windpipe, with the bright stripe that marks it, and a feeding tube to the stomach."""
    (trachea, _), *_ = heart.airway(scene.build)
    inside = trachea[: int(len(trachea) * rng.uniform(0.62, 0.8))]
    scene.over += scene.canvas.fill(band(inside, 20.0), soft=1.0) * np.float32(0.10)
    scene.over += scene.canvas.lines([inside + np.array([6.0, 0.0])], 3.5, soft=0.6) * np.float32(0.32)
    top, low = scene.build.apex, scene.build.dome(1)
    feeding = [(10, top - 180), (8, top + 100), (16, 0.5 * (top + low)), (24, low - 20), (70, low + 70),
               (135, low + 110)]  # fmt: skip
    scene.over += scene.canvas.lines([_shifted(feeding, scene)], 5.0, soft=0.7) * np.float32(0.24)


def _pacemaker(scene: Scene, rng: np.random.Generator) -> None:
    """A can under the left collar bone and its lead to the right ventricle."""
    top, low = scene.build.apex, scene.build.dome(1)
    x, y = 0.66 * scene.build.half_width + rng.normal(0, 12), top + 130 + rng.normal(0, 12)
    can = oval(x, y, 44, 38, wobble=(0.0, 0.0, 0.06))
    scene.over += scene.canvas.fill(can, soft=0.8) * np.float32(1.0)
    lead = [(x - 20, y - 30), (0.35 * x, top + 66), (-20, top + 120), (-34, 0.45 * top + 0.55 * low),
            (10, 0.14 * top + 0.86 * low), (80, low - 24)]  # fmt: skip
    scene.over += scene.canvas.lines([_shifted(lead, scene)], 4.5, soft=0.6) * np.float32(0.6)


def _shifted(points: Sequence[tuple[float, float]], scene: Scene) -> Points:
    return smooth(np.array(points) + np.array([0.6 * scene.build.shift, 0.0]), closed=False)
