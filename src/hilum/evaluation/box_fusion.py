"""Fusion of boxes: several BoxPredictions of the same images become one; and what is done to all boxes alike."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from hilum.evaluation.box_fusions import box_fusions
from hilum.evaluation.box_fusions.drawn import Drawn
from hilum.schema import Boxes, BoxPredictions, ConfigError, DataError
from hilum.schema.boxes import EDGES
from hilum.schema.errors import listed
from hilum.schema.findings import Findings

__all__ = ["box_fusions", "fuse_boxes", "mirrored", "shrunk"]


def fuse_boxes(
    predictions: Sequence[BoxPredictions],
    *,
    method: str = "weighted_boxes",
    options: Mapping[str, float] | None = None,
    trust: Sequence[float] | None = None,
    shrink: float = 1.0,
) -> BoxPredictions:
    """Join the boxes of several models, finding by finding; or those of one model that lie over each other.

    Args:
        predictions: one or more; the images are those of the first, findings are spelled as it does. A source that did
            not read an image has no say on it.
        method: a name in `box_fusions`: `nms`, `soft_nms`, `weighted_boxes`.
        options: of the method, as `{"iou": 0.5}`.
        trust: how much each source weighs; alike if left out.
        shrink: the fused boxes' sides become this share of themselves, about their centers.

    Raises:
        DataError: when they share no image.
    """
    if not predictions:
        raise ConfigError("No predictions were given to fuse. Expected one or more.")
    weights = np.ones(len(predictions)) if trust is None else np.asarray(trust, dtype=np.float64)
    if len(weights) != len(predictions) or not (weights > 0).all():
        raise ConfigError(f"A trust of {listed(weights)} for {len(predictions)} predictions. Expected as many above 0.")
    fusion = _chosen(method, options or {})
    read = [set(one.header.image_ids) for one in predictions]
    silent = [len(read[0] - ids) for ids in read]
    if len(predictions) > 1 and not read[0].intersection(*read[1:]):
        raise DataError(
            f"No image of the first predictions ({listed(predictions[0].header.image_ids, 2)}) stands in the others. "
            "Expected the same image ids."
        )
    rows = pd.concat([_rows(one, predictions[0], source) for source, one in enumerate(predictions)], ignore_index=True)
    names, parts = [], []
    for (image_id, finding), held in rows.groupby(["image_id", "finding"], sort=False):
        there = np.array([image_id in ids for ids in read])
        place = np.cumsum(there) - 1
        source = place[held.source.to_numpy()]
        drawn = Drawn(held[EDGES].to_numpy(np.float64), held.score.to_numpy(np.float64), source, weights[there])
        fused = fusion(drawn)
        names += [(str(image_id), str(finding))] * len(fused)
        parts.append(np.column_stack([fused.corners, fused.score]))
    table = pd.DataFrame(np.concatenate([np.empty((0, 5)), *parts]), columns=[*EDGES, "score"])
    table[["image_id", "finding"]] = pd.DataFrame(names, columns=["image_id", "finding"], dtype="str")
    provenance: dict[str, Any] = {
        "fusion": method,
        "options": dict(options or {}),
        "trust": weights.tolist(),
        "shrink": shrink,
        "of": [one.provenance for one in predictions],
        "images_without_a_word": silent,
    }
    joined = BoxPredictions(
        Boxes(table[["image_id", "finding", *EDGES, "score"]]),
        replace(predictions[0].header, provenance=provenance),
    )
    return joined if shrink == 1 else shrunk(joined, shrink)


def shrunk(predictions: BoxPredictions, share: float) -> BoxPredictions:
    """The same boxes with sides of this share of theirs, about their centers.

    Args:
        predictions: boxes with scores.
        share: in (0, 1]; detectors learn boxes that several readers drew and come out wide, so less can score more.
    """
    if not 0 < share <= 1:
        raise ConfigError(f"Boxes are to shrink to {share} of their sides. Expected a number above 0 and at most 1.")
    table = predictions.boxes.table.copy()
    for low, high in (("x0", "x1"), ("y0", "y1")):
        center, half = (table[low] + table[high]) / 2, (table[high] - table[low]) / 2 * share
        table[low], table[high] = center - half, center + half
    return replace(predictions, boxes=Boxes(table))


def mirrored(predictions: BoxPredictions, width: Mapping[str, float]) -> BoxPredictions:
    """Boxes found on mirrored images, on the images themselves: fused with the others they are test-time flips.

    Args:
        predictions: boxes in the pixels of images with left and right exchanged.
        width: of each image, pixels.
    """
    table = predictions.boxes.table.copy()
    wide = table.image_id.map(dict(width)).astype(float)
    if wide.isna().any():
        raise DataError(f"The width of {listed(table.image_id[wide.isna()].unique())} is not known. Expected pixels.")
    table["x0"], table["x1"] = wide - table.x1, wide - table.x0
    return replace(predictions, boxes=Boxes(table))


def _chosen(method: str, options: Mapping[str, float]) -> "partial[Drawn]":
    """The fusion with its options, refused by name where it has none such."""
    function = box_fusions[method.replace("-", "_")]
    known = [name for name, held in inspect.signature(function).parameters.items() if held.kind is held.KEYWORD_ONLY]
    strange = [name for name in options if name not in known]
    if strange:
        raise ConfigError(f"{method} has no option {', '.join(strange)}. Expected: {', '.join(known)}.")
    return partial(function, **options)


def _rows(predictions: BoxPredictions, first: BoxPredictions, source: int) -> pd.DataFrame:
    """The boxes on the first one's images, under its spelling of the findings."""
    table = predictions.boxes.table
    spelled = Findings(tuple(first.boxes.table.finding.unique()))
    ours = {name: name if (place := spelled.find(name)) is None else spelled[place] for name in table.finding.unique()}
    wanted = set(first.header.image_ids)
    kept = table[np.array([image_id in wanted for image_id in table.image_id.tolist()], dtype=bool)]
    return kept.assign(finding=kept.finding.map(ours), source=source)[
        ["image_id", "finding", *EDGES, "score", "source"]
    ]
