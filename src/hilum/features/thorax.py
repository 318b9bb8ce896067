"""The thorax measured on masks: cardiothoracic ratio and lung areas, or why there is none.

A mask that cannot be a lung or a heart gives no number. The limits are what 791 outlined images of four hospitals
(Montgomery, Shenzhen, JSRT, Wingspan) show between their 1st and 99th percentile, widened by a quarter and more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hilum.features.shape import CardiothoracicRatio, area, bounds, cardiothoracic_ratio, center, overlap, solidity

RIGHT, LEFT, HEART = "right_lung", "left_lung", "heart"
Regions = Mapping[str, NDArray[np.bool_]]
LUNGS_SHARE = (0.07, 0.60)  # of the image; outlined: 0.13 to 0.41
LUNG_RATIO = (0.35, 2.0)  # left over right area; outlined: 0.57 to 1.30
ASPECT = (0.8, 4.0)  # height over width of a lung; outlined: 1.24 to 2.83
SOLID = 0.50  # least solidity of a lung; outlined: 0.72
SHARED = 0.02  # most that the lungs may overlap; outlined: 0
LEVEL = 0.30  # most that the lungs' middles may differ in height, of the right lung's height; outlined: 0.12
APART = (0.40, 0.75)  # distance of the lungs' middles over the thorax' width; outlined: 0.52 to 0.61
HEART_SHARE = (0.12, 1.3)  # heart's over lungs' area; outlined: 0.21 to 0.85
HEART_ACROSS = (0.38, 0.85)  # the heart's middle, from the right edge of the thorax; outlined: 0.50 to 0.65
HEART_DOWN = (0.40, 0.95)  # the same, from the lungs' top; outlined: 0.61 to 0.82
RATIO = (0.30, 0.90)  # width of the heart over that of the thorax; outlined: 0.37 to 0.74
WIDTH_MM = (170.0, 450.0)  # of an adult's inner thorax, and of its image, which is a little larger
UNSURE = 0.12  # of a mask's doubt, from which on it counts for nothing


@dataclass(frozen=True)
class Thorax:
    """What the masks of one image give.

    Args:
        ratio: cardiothoracic ratio with its two lines; None where it cannot be told.
        ratio_doubt: how far it may be off as the masks' own doubt has it; nan where that is not known.
        lung_areas: of the right and the left lung: cm2 where the spacing is known, else pixels; None where they cannot
            be told.
        unit: of the areas, `cm2` or `pixels`.
        doubts: by structure, one less the Dice that the model expects of its mask, in [0, 1].
        problems: why something is not measured, in sentences.
    """

    ratio: CardiothoracicRatio | None
    ratio_doubt: float
    lung_areas: tuple[float, float] | None
    unit: str
    doubts: Mapping[str, float]
    problems: tuple[str, ...] = field(default=())

    @property
    def left_to_right(self) -> float | None:
        """Area of the left lung over that of the right; about 0.83 where both are healthy."""
        return None if self.lung_areas is None else self.lung_areas[1] / self.lung_areas[0]

    def to_json(self) -> dict[str, Any]:
        """JSON values; null where there is no number."""
        areas, ratio = self.lung_areas, self.ratio
        known = None if np.isnan(self.ratio_doubt) else round(self.ratio_doubt, 4)
        return {
            "cardiothoracic_ratio": None if ratio is None else round(ratio.value, 4),
            "cardiothoracic_ratio_doubt": None if ratio is None else known,
            "heart_width_pixels": None if ratio is None else ratio.heart.width,
            "thorax_width_pixels": None if ratio is None else ratio.thorax.width,
            "lung_area_unit": None if areas is None else self.unit,
            "right_lung_area": None if areas is None else round(areas[0], 1),
            "left_lung_area": None if areas is None else round(areas[1], 1),
            "left_to_right_lung_area": None if areas is None else round(areas[1] / areas[0], 4),
            "doubts": {name: round(value, 4) for name, value in self.doubts.items()},
            "problems": list(self.problems),
        }


def thorax(
    regions: Regions,
    *,
    spacing_mm: tuple[float, float] | None = None,
    scores: Mapping[str, float] | None = None,
    margins: Mapping[str, float] | None = None,
) -> Thorax:
    """Measure the masks of one frontal image.

    Args:
        regions: `right_lung`, `left_lung` and `heart`, (H, W) each; what is missing counts as empty.
        spacing_mm: from one row, and from one column, to the next.
        scores: the Dice that a model expects of each mask; a mask below 0.88 is not measured.
        margins: how far each outline may lie off, in pixels, as the model has it.
    """
    shape = next((mask.shape for mask in regions.values()), (1, 1))
    right, left, heart = (regions.get(name, np.zeros(shape, bool)) for name in (RIGHT, LEFT, HEART))
    doubts = {name: 1 - score for name, score in (scores or {}).items()}
    of_lungs = [*lung_problems(right, left), *_unsure(doubts, (RIGHT, LEFT))]
    of_heart = [] if of_lungs else [*heart_problems(right, left, heart), *_unsure(doubts, (HEART,))]
    ratio = None if of_lungs or of_heart else cardiothoracic_ratio(right, left, heart)
    of_spacing = [] if of_lungs else spacing_problems(right, left, spacing_mm)
    spacing_mm = None if of_spacing else spacing_mm
    areas = None if of_lungs else (area(right, spacing_mm), area(left, spacing_mm))
    doubt = float("nan") if ratio is None or margins is None else ratio_doubt(ratio, margins)
    unit = "pixels" if spacing_mm is None else "cm2"
    return Thorax(ratio, doubt, areas, unit, doubts, (*of_lungs, *of_heart, *of_spacing))


def ratio_doubt(ratio: CardiothoracicRatio, margins: Mapping[str, float]) -> float:
    """How far the ratio may be off when each of its four ends lies off by its mask's margin, each by its own chance.

    >>> from hilum.features.shape import Span
    >>> round(ratio_doubt(CardiothoracicRatio(Span(4, 8, 0), Span(1, 9, 0)), {"heart": 0.4}), 4)
    0.0707
    """
    ends = [margins.get(name, 0.0) for name in (HEART, HEART, RIGHT, LEFT)]
    of_heart = float(np.hypot(ends[0], ends[1])) / ratio.heart.width
    of_thorax = float(np.hypot(ends[2], ends[3])) / ratio.thorax.width
    return float(ratio.value * np.hypot(of_heart, of_thorax))


def lung_problems(right: NDArray[np.bool_], left: NDArray[np.bool_]) -> list[str]:
    """Why these are not the two lungs of a frontal chest image, in sentences; none where they may be."""
    there = right.any(), left.any()
    if not any(there):
        return ["No lung was found: is this a frontal chest image?"]
    if not all(there):
        return [f"Only the {'right' if there[0] else 'left'} lung was found."]
    ends, places = (bounds(right), bounds(left)), (center(right), center(left))
    assert ends[0] is not None
    assert ends[1] is not None
    assert places[0] is not None
    assert places[1] is not None
    found = []
    if places[0][1] >= places[1][1]:
        found.append("The right lung lies to the right of the left one: is the image mirrored, or seen from behind?")
    if overlap(right, left) > SHARED:
        found.append(f"The lungs overlap by {overlap(right, left):.0%} of the smaller one.")
    share, ratio = (right.sum() + left.sum()) / right.size, left.sum() / right.sum()
    found += _outside("Both lungs cover", share, LUNGS_SHARE, "of the image", percent=True)
    found += _outside("The left lung has", ratio, LUNG_RATIO, "times the area of the right")
    for name, mask, (x0, y0, x1, y1) in (("right", right, ends[0]), ("left", left, ends[1])):
        found += _outside(f"The {name} lung is", (y1 - y0) / (x1 - x0), ASPECT, "times as high as wide")
        if solidity(mask) < SOLID:
            found.append(f"The {name} lung has the shape of no lung (it fills {solidity(mask):.0%} of its hull).")
    wide, high = max(ends[0][2], ends[1][2]) - min(ends[0][0], ends[1][0]), ends[0][3] - ends[0][1]
    found += _outside("The lungs' middles lie", abs(places[1][1] - places[0][1]) / wide, APART, "of the width apart")
    if abs(places[1][0] - places[0][0]) > LEVEL * high:
        found.append("One lung lies much higher than the other: is the image turned?")
    return found


def heart_problems(right: NDArray[np.bool_], left: NDArray[np.bool_], heart: NDArray[np.bool_]) -> list[str]:
    """Why this is not the heart between these lungs, in sentences; none where it may be."""
    x0, y0, x1, y1 = bounds(right | left) or (0, 0, 1, 1)
    middle = center(heart)
    if middle is None:
        return ["No heart was found."]
    found = _outside("The heart has", heart.sum() / (right.sum() + left.sum()), HEART_SHARE, "times the lungs' area")
    across = np.ptp(np.flatnonzero(heart.any(axis=0))) + 1
    found += _outside("The heart has", across / (x1 - x0), RATIO, "times the width of the thorax")
    found += _outside("The heart's middle lies", (middle[1] - x0) / (x1 - x0), HEART_ACROSS, "of the way across")
    found += _outside("The heart's middle lies", (middle[0] - y0) / (y1 - y0), HEART_DOWN, "of the way down")
    return found


def spacing_problems(
    right: NDArray[np.bool_], left: NDArray[np.bool_], spacing_mm: tuple[float, float] | None
) -> list[str]:
    """Why the file's spacing gives no areas, in sentences: files keep the spacing of an image that was made smaller."""
    x0, _, x1, _ = bounds(right | left) or (0, 0, 1, 1)
    wide = None if spacing_mm is None else (x1 - x0) * spacing_mm[1]
    if wide is None or WIDTH_MM[0] <= wide <= WIDTH_MM[1]:
        return []
    return [
        f"Areas are in pixels: by the file's spacing the thorax would be {wide:.0f} mm wide: it is a child's, or the "
        "spacing is of the image at another size."
    ]


def _outside(what: str, value: float, limits: tuple[float, float], of: str, *, percent: bool = False) -> list[str]:
    low, high = limits
    if low <= value <= high:
        return []
    shown = [f"{one:.0%}" if percent else f"{one:.2f}" for one in (value, low, high)]
    return [f"{what} {shown[0]} {of}; expected {shown[1]} to {shown[2]}."]


def _unsure(doubts: Mapping[str, float], names: tuple[str, ...]) -> list[str]:
    return [
        f"The model is unsure of the {name.replace('_', ' ')}: it expects a Dice of {1 - doubts[name]:.2f}."
        for name in names
        if doubts.get(name, 0.0) > UNSURE
    ]
