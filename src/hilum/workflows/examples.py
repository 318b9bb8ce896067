"""Examples for an evaluation's page: images that truly show a finding, and those that were ranked most wrongly."""

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hilum.evaluation.alignment import align
from hilum.evaluation.worst_errors import worst_errors
from hilum.images import read_image
from hilum.reports import Example
from hilum.schema import Cohort, ImageError, Predictions
from hilum.schema.findings import key

if TYPE_CHECKING:  # with it comes PyTorch
    from hilum.inference import Predictor

MOST = 6


def examples(predictor: "Predictor", predictions: Predictions, cohort: Cohort, most: int = MOST) -> list[Example]:
    """Images that truly show a finding, one a finding, drawn with a fixed seed and not by how well the model did.

    Findings with boxes come first, so that heatmap and box can be compared; within a finding, images with a box.
    """
    drawn = _draw(predictions, cohort, most)
    return list(filter(None, (_example(predictor, predictions, cohort, *each) for each in drawn)))


def worst_examples(
    predictor: "Predictor | None", predictions: Predictions, cohort: Cohort, most: int = MOST
) -> list[Example]:
    """The images at hand that were ranked most wrongly, with what spoke for the finding where the Run is known."""
    there = set(cohort.images.image_id[cohort.images.path.notna()])
    mistakes = worst_errors(align(predictions, cohort), most=1)
    rows = mistakes[mistakes.image_id.isin(there)].itertuples()
    readable = (_example(predictor, predictions, cohort, str(row.finding), str(row.image_id)) for row in rows)
    return list(islice(filter(None, readable), most))


def _draw(predictions: Predictions, cohort: Cohort, most: int) -> list[tuple[str, str]]:
    """Pairs of finding and image."""
    generator = np.random.default_rng(0)
    images = cohort.images
    ids = images.image_id.where(images.path.notna() & images.image_id.isin(predictions.table.image_id))
    labels = cohort.labels_for(predictions.findings)
    boxes = pd.DataFrame(columns=["finding", "image_id"]) if cohort.boxes is None else cohort.boxes.table
    boxed = boxes.groupby(boxes.finding.map(key)).image_id.agg(set).to_dict()
    drawn: list[tuple[bool, str, str]] = []
    for place, finding in enumerate(predictions.findings):
        present = set(ids[labels[:, place] == 1].dropna())
        candidates = sorted(present & boxed.get(key(finding), set())) or sorted(present)
        if candidates:
            drawn.append((key(finding) not in boxed, finding, str(generator.choice(candidates))))
    return [(finding, image_id) for _, finding, image_id in sorted(drawn)][:most]


def _example(
    predictor: "Predictor | None", predictions: Predictions, cohort: Cohort, finding: str, image_id: str
) -> Example | None:
    """An image with what is known of it; None for a file that cannot be read."""
    row = int(np.flatnonzero(cohort.images.image_id == image_id)[0])
    try:
        image = read_image(str(cohort.images.path.iat[row]))
    except ImageError:
        return None
    height, width = image.gray.shape
    boxes = cohort.boxes_on(image_id, width=width, height=height)
    seen = [] if predictor is None else predictor.explain(predictor.memory([image]), findings=[finding])
    return Example(
        image=image,
        finding=finding,
        probability=float(predictions.table.loc[predictions.table.image_id == image_id, finding].iloc[0]),
        label=float(cohort.labels_for(predictions.findings)[row, predictions.findings.position(finding)]),
        explanation=seen[0] if seen else None,
        boxes=boxes[boxes.finding.map(key) == key(finding)],
    )
