"""The thorax measured on masks: cardiothoracic ratio and lung areas, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hilum.features.plausibility import heart_problems, lung_problems
from hilum.features.shape import CardiothoracicRatio, area, bounds, cardiothoracic_ratio

RIGHT, LEFT, HEART = "right_lung", "left_lung", "heart"
Regions = Mapping[str, NDArray[np.bool_]]
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


def _unsure(doubts: Mapping[str, float], names: tuple[str, ...]) -> list[str]:
    return [
        f"The model is unsure of the {name.replace('_', ' ')}: it expects a Dice of {1 - doubts[name]:.2f}."
        for name in names
        if doubts.get(name, 0.0) > UNSURE
    ]
