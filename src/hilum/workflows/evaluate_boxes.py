"""Evaluate boxes: numbers, page and a copy of the predictions in one folder; the worst images with their boxes."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hilum.evaluation.box_alignment import AlignedBoxes, align_boxes
from hilum.evaluation.cuts import Threshold, travelling
from hilum.evaluation.evaluate_boxes import cuts_of
from hilum.evaluation.evaluate_boxes import evaluate_boxes as measure
from hilum.evaluation.matching.boxes import Hit
from hilum.evaluation.worst_boxes import worst_boxes
from hilum.images import read_image
from hilum.reports.evaluation_boxes import BoxedImage, box_evaluation_page
from hilum.reports.evaluation_figures import learning_figure
from hilum.schema import BoxPredictions, Cohort, Evaluation, ImageError
from hilum.schema.files import write_text
from hilum.schema.findings import display, key

MOST = 8  # images on the page
DRAWN = 30  # predicted boxes of an image that are drawn there, the surest ones


def evaluate_boxes(
    predictions: BoxPredictions,
    cohort: Cohort,
    out: Path,
    *,
    split: str | None = None,
    metrics: Sequence[str] | None = None,
    threshold: Threshold | None = None,
    hit: Hit = 0.4,
    subgroups: Sequence[str] = (),
    replicates: int = 1000,
    seed: int = 0,
    interval: str = "percentile",
    log: pd.DataFrame | None = None,
    title: str = "Evaluation",
) -> Evaluation:
    """Evaluate boxes, and write evaluation.json, report.html and a copy of the predictions into `out`.

    Args:
        predictions: boxes with scores.
        cohort: the images with their boxes.
        out: the folder.
        split: only one split.
        metrics: `hilum ls box_metrics`; the usual ones if left out.
        threshold: from which score on a box counts, as in `hilum.evaluation.evaluate_boxes`.
        hit: what counts as found: an overlap or `center`.
        subgroups: cohort columns to break numbers down by.
        replicates: of the bootstrap.
        seed: of the bootstrap.
        interval: percentile or bca.
        log: of the Run that drew them, for learning curves.
        title: of the page.
    """
    result = measure(
        predictions,
        cohort,
        split=split,
        metrics=metrics,
        threshold=threshold,
        hit=hit,
        subgroups=subgroups,
        replicates=replicates,
        seed=seed,
        interval=interval,
    )
    result.save(out / "evaluation.json")
    predictions.save(out / "predictions.parquet")
    aligned = align_boxes(predictions, cohort, split=split)
    cuts = cuts_of(aligned, travelling(predictions.provenance) if threshold is None else threshold)
    worst = filter(None, (_boxed(row, aligned, cohort, cuts) for row in worst_boxes(aligned, cuts, hit=hit)))
    images = list(islice(worst, MOST))
    write_text(out / "report.html", box_evaluation_page(result, images=images, log=learning_figure(log), title=title))
    return result


def _boxed(row: dict[str, Any], aligned: AlignedBoxes, cohort: Cohort, cuts: Sequence[float]) -> BoxedImage | None:
    """An image with its boxes of one finding, in the pixels of its file; None where there is no readable file."""
    place = int(np.flatnonzero(cohort.images.image_id == row["image_id"])[0])
    path = cohort.images.path.iat[place]
    if pd.isna(path):
        return None
    try:
        image = read_image(str(path))
    except ImageError:
        return None
    height, width = image.pixels.shape
    finding = row["finding"]
    cut = cuts[aligned.findings.position(finding)]
    drawn = aligned.predictions.boxes.of(row["image_id"])
    drawn = drawn[(drawn.finding.map(key) == key(finding)) & (drawn.score >= cut)].nlargest(DRAWN, "score")
    wide, high = cohort.images.width.iat[place], cohort.images.height.iat[place]
    drawn = drawn.assign(**{name: drawn[name] * (width / wide if wide > 0 else 1.0) for name in ("x0", "x1")})
    drawn = drawn.assign(**{name: drawn[name] * (height / high if high > 0 else 1.0) for name in ("y0", "y1")})
    true = cohort.boxes_on(row["image_id"], width=width, height=height)
    boxes = pd.concat([true[true.finding.map(key) == key(finding)].assign(score=np.nan), drawn], ignore_index=True)
    return BoxedImage(image, boxes, f"{display(finding)}: {_counted(row)}")


def _counted(row: dict[str, Any]) -> str:
    parts = [f"{row['missed']} missed"] if row["missed"] else []
    parts += [f"{row['false']} false, the surest {row['surest_false']:.2f}"] if row["false"] else []
    return "; ".join(parts)
