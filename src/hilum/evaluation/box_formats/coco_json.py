"""COCO's JSON."""

import json
from pathlib import Path

import pandas as pd

from hilum.evaluation.box_formats.box_format import BoxFormat, checked
from hilum.registry import register
from hilum.schema import BoxPredictions, Cohort, DataError
from hilum.schema.coco import read_coco, to_coco
from hilum.schema.files import write_text


@register
def coco_json() -> BoxFormat:
    """COCO's JSON: images, categories and annotations with a score, in one file; `bbox` is x, y, width, height.

    The images' `file_name` without its suffix is the image's id. Refused: an image or category id that stands twice,
    an annotation of an id that is not listed, a box without a score, and what every format refuses. A bare list of
    results is read where its `image_id` and `category_id` are names.
    """
    return BoxFormat(".json", lambda path: path.suffix.lower() == ".json", _read, _write, _names_images)


def _names_images(path: Path) -> bool:
    return len(read_coco(path).images) > 0


def _read(path: Path) -> BoxPredictions:
    held = read_coco(path)
    if "score" not in held.boxes and len(held.boxes):
        raise DataError(f"{path}: its annotations have no score. Expected one in [0, 1] for each predicted box.")
    boxes = held.boxes if "score" in held.boxes else held.boxes.assign(score=pd.Series(dtype=float))
    return checked(path, boxes, held.images.image_id if len(held.images) else boxes.image_id)


def _write(predictions: BoxPredictions, path: Path, cohort: Cohort | None) -> None:
    images = pd.DataFrame({"image_id": list(predictions.header.image_ids)})
    if cohort is not None:
        known = cohort.images.set_index("image_id").reindex(images.image_id)
        images = images.assign(width=known.width.to_numpy(), height=known.height.to_numpy())
    boxes = predictions.boxes.table
    write_text(path, json.dumps(to_coco(images, boxes, sorted(boxes.finding.unique()))))
