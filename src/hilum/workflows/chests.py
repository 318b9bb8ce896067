"""Chests: lungs and heart outlined by a Run, and measured where the outlines can be those of a chest."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from hilum.features.thorax import LEFT, RIGHT, Regions, Thorax, thorax
from hilum.images import Image
from hilum.images.masks import region
from hilum.schema import ConfigError, MaskPredictions
from hilum.schema.findings import display

if TYPE_CHECKING:  # with them comes PyTorch, for which other workflows need not wait
    from hilum.inference import Predictor
    from hilum.reports.outlines import Line
    from hilum.runs import Run

UNITS = {"cm2": "cm²", "pixels": "pixels"}
NOT_TOLD = "not told"
NO_LUNGS = "no_lungs"  # a note of a reading


def outline(
    run: "Run | Predictor | MaskPredictions", images: Sequence[Image], *, device: str = "auto"
) -> MaskPredictions:
    """The masks of images at hand; those given, where they were outlined already.

    Raises:
        ConfigError: when the Run outlines nothing.
    """
    from hilum.inference import Predictor

    if isinstance(run, MaskPredictions):
        return run
    predictor = run if isinstance(run, Predictor) else Predictor.open(run, device=device)
    if predictor.run.task.kind != "masks":
        raise ConfigError(
            f"{predictor.run.folder}: it gives {predictor.run.task.kind}, and no masks. Expected a Run of a recipe "
            "with `task: segment`, such as lungs-small."
        )
    predictions = predictor.predict(predictor.memory(images), batch_size=8)
    assert isinstance(predictions, MaskPredictions)
    return predictions


def chests_of(predictions: MaskPredictions, images: Sequence[Image]) -> dict[str, Thorax]:
    """By image id what its masks give, in millimeters where the image's file says its spacing."""
    by_image = dict(iter(predictions.table.groupby("image_id")))
    none = predictions.table.iloc[:0]
    return {image.image_id: _chest(predictions, image, by_image.get(image.image_id, none)) for image in images}


def regions_of(predictions: MaskPredictions, image_id: str) -> Regions:
    """By structure the regions of one image, in its own pixels."""
    rows = predictions.table[predictions.table.image_id == image_id]
    return {str(row.structure): region(row, 0, 0) for row in rows.itertuples()}


def without_lungs(chests: Mapping[str, Thorax], outlines: MaskPredictions | None) -> frozenset[str]:
    """Images on which lungs were looked for and none was found: a hand, a skull, an empty plate.

    Whatever a model says of them, its operating points were fitted on chests.
    """
    if outlines is None:
        return frozenset()
    looked = {image_id: regions_of(outlines, image_id) for image_id, chest in chests.items() if not chest.lung_areas}
    return frozenset(
        image_id
        for image_id, regions in looked.items()
        if not any(regions[name].any() for name in (RIGHT, LEFT) if name in regions)
    )


def measured_facts(chests: Mapping[str, Thorax]) -> dict[str, list[tuple[str, str]]]:
    """By image id what was measured, in words, and why something was not."""
    return {
        name: [*facts_of(chest), *(("Not measured", problem) for problem in chest.problems)]
        for name, chest in chests.items()
    }


def lines_of(measured: Thorax) -> "list[Line]":
    """The width of the thorax and that of the heart, where there is a ratio."""
    from hilum.reports.outlines import COLORS, Line

    if measured.ratio is None:
        return []
    spans = (measured.ratio.thorax, "#ffffff"), (measured.ratio.heart, COLORS["heart"])
    return [Line(span.x0, span.x1, span.row, color) for span, color in spans]


def facts_of(measured: Thorax) -> list[tuple[str, str]]:
    """The numbers, in words; `not told` where there is none."""
    ratio, areas, unit = measured.ratio, measured.lung_areas, UNITS[measured.unit]
    off = "" if math.isnan(measured.ratio_doubt) else f" ± {measured.ratio_doubt:.3f}"
    share = measured.left_to_right
    doubts = [(f"Doubt, {display(name).lower()}", f"{value:.3f}") for name, value in measured.doubts.items()]
    return [
        ("Cardiothoracic ratio", NOT_TOLD if ratio is None else f"{ratio.value:.3f}{off}"),
        ("Heart, thorax", NOT_TOLD if ratio is None else f"{ratio.heart.width} and {ratio.thorax.width} pixels wide"),
        ("Right lung", NOT_TOLD if areas is None else f"{areas[0]:,.0f} {unit}"),
        ("Left lung", NOT_TOLD if areas is None else f"{areas[1]:,.0f} {unit}"),
        ("Left over right lung", NOT_TOLD if share is None else f"{share:.2f}"),
        *doubts,
    ]


def _chest(predictions: MaskPredictions, image: Image, rows: pd.DataFrame) -> Thorax:
    known = rows.set_index("structure")
    scores, margins = (
        {str(structure): float(value) for structure, value in known[name].items()} if name in known else None
        for name in ("score", "margin")
    )
    regions = regions_of(predictions, image.image_id)
    return thorax(regions, spacing_mm=image.spacing_mm, scores=scores, margins=margins)
