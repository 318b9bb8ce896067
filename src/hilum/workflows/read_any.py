"""Read with whatever a Run gives of an image: probabilities, or boxes."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from hilum.images import Image
from hilum.schema import MaskPredictions
from hilum.workflows.read import Readings, check_looks, read, reading_of
from hilum.workflows.read_boxes import BoxReadings, boxes_of, read_boxes

if TYPE_CHECKING:  # with them comes PyTorch, for which other workflows need not wait
    from hilum.inference import Predictor
    from hilum.runs import Run

AnyReadings: TypeAlias = Readings | BoxReadings


def read_any(
    run: "Run",
    paths: Sequence[str | os.PathLike[str]],
    *,
    method: str | None = "auto",
    masks: "Run | None" = None,
    device: str = "auto",
    backend: str = "torch",
) -> AnyReadings:
    """Read image files; the arguments are those of `read`, and a detector has no use for a method."""
    if run.task.kind == "boxes":
        return read_boxes(run, paths, masks=masks, device=device, backend=backend)
    return read(run, paths, method=method, masks=masks, device=device, backend=backend)


def look_at(
    predictor: "Predictor",
    images: list[Image],
    *,
    method: str | None = "auto",
    masks: "Predictor | MaskPredictions | None" = None,
) -> AnyReadings:
    """What a Predictor makes of images at hand."""
    if predictor.run.task.kind == "boxes":
        return boxes_of(predictor, images, masks=masks)
    return reading_of(predictor, images, method=method, masks=masks)


def check_reads(run: "Run") -> None:
    """Refuse a Run that says neither probabilities nor boxes of an image.

    Raises:
        ConfigError: naming it.
    """
    if run.task.kind != "boxes":
        check_looks(run)
