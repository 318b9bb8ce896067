"""The bones: ribs behind and in front, clavicles, spine, shoulder blades, upper arms."""

import numpy as np

from hilum.phantom.anatomy.thorax import Thorax
from hilum.phantom.curves import Points, band, oval, smooth


def ribs(thorax: Thorax, *, pairs: int = 10) -> tuple[list[Points], list[Points]]:
    """The arcs of the ribs, both sides: those behind, and those in front, as outlines.

    A rib leaves the spine nearly level, turns down along the wall (a quarter of an oval), and comes back in front,
    steeper, toward the breast bone. Its front end stops where cartilage begins.
    """
    build = thorax.build
    behind, front = [], []
    for side in (-1, 1):
        spacing = (build.dome(side) + 30 - build.apex) / (pairs - 1.6)
        for number in range(pairs):
            start = build.apex + 2 + spacing * (number - 0.1)
            drop = spacing * np.interp(number, [0, 1, 3, 6, 10], [1.0, 1.15, 1.5, 1.6, 1.5])
            tilt = spacing * np.interp(number, [0, 2, 6, 10], [-0.45, 0.10, 0.75, 1.0])
            out = float(thorax.wall(start + drop + tilt, side)) + 9
            behind.append(band(_behind(start, drop, tilt, out) * (side, 1), np.linspace(16, 22, 24)))
            if number < 8:
                fall = spacing * np.interp(number, [0, 2, 7], [0.7, 1.9, 2.2])
                front.append(band(_front(start + drop + tilt, fall, out, number) * (side, 1), np.linspace(19, 24, 20)))
    return behind, front


def _behind(start: float, drop: float, tilt: float, out: float) -> Points:
    turn = np.linspace(0, np.pi / 2, 24)
    x = 34 + (out - 34) * np.sin(turn)
    y = start + drop * (1 - np.cos(turn)) + tilt * np.sin(turn) - 0.08 * drop * np.sin(2 * turn)
    return np.stack([x, y], axis=1)


def _front(start: float, fall: float, out: float, number: int) -> Points:
    end = np.interp(number, [0, 3, 7], [0.74, 0.80, 0.62])
    turn = np.linspace(0, end * np.pi / 2, 20)
    inner = 0.20 * out
    return np.stack([out - (out - inner) * (1 - np.cos(turn)), start + fall * np.sin(turn)], axis=1)


def clavicles(thorax: Thorax, tilt: float = 0.0) -> list[Points]:
    """Both collar bones; `tilt` raises the outer ends (shoulders drawn up), units."""
    top, out = thorax.build.apex, thorax.build.half_width
    line = smooth([(44, top + 112), (0.30 * out, top + 84), (0.64 * out, top + 46 - 0.5 * tilt),
                   (0.95 * out, top + 36 - tilt), (1.17 * out, top + 56 - tilt)], closed=False)  # fmt: skip
    width = np.interp(np.linspace(0, 1, len(line)), [0, 0.12, 0.5, 0.9, 1], [38, 29, 22, 25, 19])
    return [band(line * (side, 1), width) for side in (-1, 1)]


def spine(thorax: Thorax) -> tuple[list[Points], list[Points]]:
    """The vertebrae from the neck down, and their spinous processes."""
    build = thorax.build
    spacing = (build.dome(1) - build.apex) / 9.6
    bodies, processes = [], []
    for number in range(-4, 16):
        y = build.apex - 20 + spacing * number
        x = build.curve * np.sin((y - 100) / 300)
        half = np.interp(number, [-4, 0, 6, 14], [27, 31, 36, 45])
        tall = 0.41 * spacing
        waist = 0.86 * half
        knots = [(x - half, y - tall), (x - waist, y), (x - half, y + tall), (x, y + 0.92 * tall),
                 (x + half, y + tall), (x + waist, y), (x + half, y - tall), (x, y - 0.92 * tall)]  # fmt: skip
        bodies.append(smooth(knots))
        processes.append(oval(x, y + 0.45 * spacing, 6.5, 13))
    return bodies, processes


def scapulae(thorax: Thorax) -> list[Points]:
    """Both shoulder blades: clear of the lungs on a PA image, over them on an AP image."""
    build = thorax.build
    inward = 78 * build.scapulae
    top = build.apex
    blades = []
    for side in (-1, 1):
        out = build.half_width - inward
        tip = out + 112 + 0.6 * inward
        knots = [(out - 6, top + 92), (out + 58, top + 66), (tip, top + 84), (tip + 6, top + 138),
                 (out + 82 + 0.2 * inward, top + 190), (out + 54, top + 300), (out + 28, top + 392),
                 (out + 8, top + 330), (out - 4, top + 200)]  # fmt: skip
        blades.append(smooth(knots) * (side, 1))
    return blades


def humeri(thorax: Thorax) -> list[Points]:
    """Heads and shafts of both upper arms' bones."""
    bones = []
    for side in (-1, 1):
        line, _ = thorax.arm(side)
        x, y = line[0]
        head = oval(x + 4 * side, y + 4, 42, 46)
        bones += [head, band(line[3:], np.interp(np.arange(len(line) - 3), [0, 5, 24], [64, 42, 38]))]
    return bones
