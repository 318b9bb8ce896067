"""What is measured of boxes: metrics by name, some at a point of their own, as in `froc_sensitivity@0.5`."""

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from hilum.evaluation.matching.boxes import CENTER, BoxMatch, Hit
from hilum.evaluation.metrics import box_metrics
from hilum.evaluation.metrics.boxes.froc_score import FALSE_BOXES
from hilum.schema import ConfigError

Measured = Callable[[BoxMatch, Any], Any]
USUAL = (
    "rsna_score", "box_average_precision", "coco_average_precision", "coco_average_precision@0.5", "froc_score",
    *(f"froc_sensitivity@{rate:g}" for rate in FALSE_BOXES), "image_auroc", "box_sensitivity", "box_precision",
    "false_boxes",
)  # fmt: skip
POINT = {"froc_sensitivity": "false_boxes", "coco_average_precision": "hit", "box_average_precision": "hit"}
OWN_OVERLAPS = ("coco_average_precision",)  # a list of overlaps is what it means


def measures(names: Sequence[str] | None, *, thresholds: Sequence[float], hit: Hit) -> list[dict[str, Measured]]:
    """The metrics of each finding.

    Args:
        names: from the registry, with `@` and a number for the false boxes or the overlap that is meant; the usual
            ones if left out.
        thresholds: (K,) from which score on a box counts, of each finding.
        hit: what counts as found, where a metric has no overlaps of its own.
    """
    chosen = USUAL if names is None else tuple(dict.fromkeys(names))
    return [{name: _measure(name, threshold, hit) for name in chosen} for threshold in thresholds]


def checked_hit(text: str) -> Hit:
    """A rule of a hit as typed: a number or `center`.

    Raises:
        ConfigError: for anything else.
    """
    if text == CENTER:
        return CENTER
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise ConfigError(f"A hit by '{text}'. Expected the least overlap (IoU), as 0.4, or {CENTER}.")
    return value


def _measure(name: str, threshold: float, hit: Hit) -> Measured:
    bare, _, point = name.partition("@")
    function = box_metrics[bare]
    takes = [key for key, held in inspect.signature(function).parameters.items() if held.kind is held.KEYWORD_ONLY]
    options: dict[str, Any] = {"threshold": threshold} if "threshold" in takes else {}
    if "hit" in takes and bare not in OWN_OVERLAPS:
        options["hit"] = hit
    if point:
        if bare not in POINT:
            raise ConfigError(f"{name}: {bare} has no points. Expected one of {', '.join(POINT)} before the @.")
        options[POINT[bare]] = _number(name, point)
    return partial(function, **options)


def _number(name: str, point: str) -> float:
    try:
        return float(point)
    except ValueError:
        raise ConfigError(
            f"{name}: '{point}' is no number. Expected one after the @, as froc_sensitivity@0.5."
        ) from None
