"""The middle: heart, great vessels, aortic knob, trachea."""

import numpy as np

from hilum.phantom.build import Build
from hilum.phantom.curves import Points, band, smooth


def heart(build: Build) -> Points:
    """The heart's outline, its apex to the patient's left."""
    width = 2 * build.half_width * build.heart_ratio
    top, base = build.apex, build.dome(1)
    reach = base - top
    right, left = -0.31 * width, 0.69 * width
    knots = [
        (-44, 0.34), (-46, 0.49), (0.88 * right, 0.63), (right, 0.78), (0.96 * right, 0.92), (0.6 * right, 1.04),
        (0.35 * left, 1.10), (0.82 * left, 1.05), (0.985 * left, 0.97), (0.985 * left, 0.88), (0.935 * left, 0.77),
        (0.81 * left, 0.67), (0.655 * left, 0.59), (0.53 * left, 0.525), (0.46 * left, 0.465), (0.36 * left, 0.41),
        (40, 0.36),
    ]  # fmt: skip
    return smooth([(x + build.shift, top + part * reach) for x, part in knots])


def vessels(build: Build) -> Points:
    """The upper mediastinum: caval border to the right, the knob and the descending aorta to the left."""
    top, reach = build.apex, build.dome(1) - build.apex
    knob = 46 + 26 * (build.aorta - 0.4)
    right = 40 + 8 * (build.aorta - 1)
    knots = [
        (-right - 22, -0.25), (-right - 12, 0.0), (-right - 4, 0.22), (-right, 0.40), (-34, 0.60), (30, 0.66),
        (0.66 * knob, 0.42), (0.90 * knob, 0.345), (knob, 0.28), (0.94 * knob, 0.225), (0.66 * knob, 0.175),
        (0.64 * knob, 0.08), (54, -0.08), (62, -0.25),
    ]  # fmt: skip
    return smooth([(x + 0.85 * build.shift, top + part * reach) for x, part in knots])


def descending_aorta(build: Build) -> Points:
    """The band whose left edge runs beside the spine, from the knob to the diaphragm."""
    top, reach = build.apex, build.dome(1) - build.apex
    out = 24 + 20 * (build.aorta - 1)
    line = smooth(
        [(out + 8, top + 0.27 * reach), (out + 6, top + 0.6 * reach), (out - 8, top + 1.15 * reach)], closed=False
    )
    return band(line + np.array([0.6 * build.shift, 0.0]), 54)


def airway(build: Build) -> list[tuple[Points, float]]:
    """Trachea and main bronchi as center lines with their widths."""
    top, reach = build.apex, build.dome(1) - build.apex
    fork = (4 + 0.7 * build.shift, top + 0.33 * reach)
    pull = 0.6 * build.shift - 5 * (build.aorta - 1)
    trachea = smooth([(0, -60), (0.3 * pull, top), (pull, top + 0.2 * reach), fork], closed=False)
    right = smooth([fork, (fork[0] - 40, fork[1] + 44), (fork[0] - 78, fork[1] + 92)], closed=False)
    left = smooth([fork, (fork[0] + 48, fork[1] + 42), (fork[0] + 104, fork[1] + 72)], closed=False)
    return [(trachea, 44.0), (right, 32.0), (left, 27.0)]


def hilum(build: Build, side: int) -> tuple[float, float]:
    """Where the vessels of one lung come from; the left hilum lies higher."""
    reach = build.dome(1) - build.apex
    return (side * 74 + build.shift, build.apex + (0.475 if side < 0 else 0.445) * reach)
