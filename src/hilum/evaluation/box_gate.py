"""A classifier's word before a detector's: boxes weighed, or left out, by how probable the finding is on the image."""

from dataclasses import replace
from typing import Literal

import numpy as np

from hilum.schema import BoxPredictions, ConfigError, LabelPredictions
from hilum.schema.errors import listed
from hilum.schema.findings import Findings

How = Literal["times", "before"]


def gated(boxes: BoxPredictions, images: LabelPredictions, *, how: How = "times", least: float = 0.0) -> BoxPredictions:
    """The boxes with a classifier's probability for their image and finding.

    Args:
        boxes: of a detector.
        images: a classifier's probabilities of the same findings for the same images.
        how: `times` multiplies each score by the probability; `before` keeps scores as they are.
        least: boxes of an image whose probability is less are left out, either way.

    Raises:
        ConfigError: when the classifier lacks an image or a finding that has boxes.
    """
    table = boxes.boxes.table
    known = Findings(tuple(images.findings))
    column = {name: known.find(name) for name in table.finding.unique()}
    silent = [name for name, place in column.items() if place is None]
    place = {image_id: row for row, image_id in enumerate(images.table.image_id)}
    missing = sorted(set(table.image_id) - set(place))
    if silent or missing:
        raise ConfigError(
            f"The classifier before the boxes says nothing of {listed(silent or missing)}. Expected one of the "
            f"detector's findings, asked about the same images; it speaks of {listed(known)}."
        )
    rows = np.array([place[name] for name in table.image_id], np.intp)
    columns = np.array([column[name] for name in table.finding], np.intp)
    chance = images.probabilities[rows, columns].astype(np.float64) if len(table) else np.empty(0)
    score = table.score.to_numpy(np.float64) * (chance if how == "times" else 1.0)
    kept = table.assign(score=score)[chance >= least]
    return replace(boxes, boxes=replace(boxes.boxes, table=kept))
