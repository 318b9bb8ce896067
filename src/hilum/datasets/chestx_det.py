"""ChestX-Det: 3,578 NIH images on which three radiologists drew boxes and outlines of 13 findings.

Counts: 3,578 frontal images of 1024 x 1024, PNG; ChestX-Det10, its first release, 3,543 with ten of the findings.
Labels: drawn by three board-certified radiologists; an image without any box is without the 13 findings (it may show
    others). The outlines stand beside the boxes. The images are NIH ChestX-ray14's under other names: training on one
    and testing on the other leaks. No patient is told: each image counts as its own.
Citation: Lian J, Liu J, Zhang S, et al. A structure-aware relation network for thoracic diseases detection and
    segmentation. IEEE Transactions on Medical Imaging 2021; 40(8):2042-2052, doi:10.1109/TMI.2021.3070847.
License: none is stated with the annotations; the images are NIH's.
Split: the owner's: train and test.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hilum.datasets.drawn_boxes import drawn
from hilum.datasets.folder import PICTURES, Folder
from hilum.registry import register
from hilum.schema import Cohort, DataError
from hilum.schema.boxes import EDGES
from hilum.schema.errors import listed
from hilum.schema.image_ids import image_id_of
from hilum.schema.outlines import CORNERS, outline_text

CANVAS = 1024.0
FINDINGS = (
    "Atelectasis", "Calcification", "Cardiomegaly", "Consolidation", "Diffuse Nodule", "Effusion", "Emphysema",
    "Fibrosis", "Fracture", "Mass", "Nodule", "Pleural Thickening", "Pneumothorax",
)  # fmt: skip
ADDED = ("Cardiomegaly", "Diffuse Nodule", "Pleural Thickening")  # not in the first release
TABLES = {
    split: (f"ChestX_Det_{split}.json", f"{split}.json", f"*/ChestX_Det_{split}.json", f"annotations/{split}.json")
    for split in ("train", "test")
}
IMAGES = (
    "train_data",
    "test_data",
    "train_data/train",
    "test_data/test",
    "train",
    "test",
    "images",
    "*/train",
    "*/test",
)


@register
def chestx_det(root: str | Path) -> Cohort:
    """ChestX-Det: 3,578 NIH images with radiologists' boxes of 13 findings; also its first release with ten.

    Args:
        root: the folder with `ChestX_Det_train.json`, `ChestX_Det_test.json` (or `train.json`, `test.json` of
            ChestX-Det10) and the images under `train_data/` and `test_data/`.
    """
    folder = Folder(root, "chestx_det", "ChestX_Det_train.json, ChestX_Det_test.json and PNG files under train_data/")
    tables = {split: folder.find(*names) for split, names in TABLES.items()}
    there = {split: path for split, path in tables.items() if path is not None}
    if not there:
        raise folder.refusal("holds no ChestX_Det_train.json or ChestX_Det_test.json")
    records = [(split, path, record) for split, path in there.items() for record in _records(path)]
    images = pd.DataFrame({
        "image_id": [image_id_of(record["file_name"]) for _, _, record in records],
        "split": [split for split, _, _ in records],
    })  # fmt: skip
    rows = [row for _, path, record in records for row in _rows(path, record)]
    boxes = pd.DataFrame(rows, columns=["image_id", "finding", *EDGES, "outline"])
    folder.note(f"{len(images):,} images are listed, {boxes.image_id.nunique():,} with {len(boxes):,} boxes.")
    folder.note("Each image counts as a patient of its own: a split drawn here may part a real patient.")
    images = images.assign(patient_id=images.image_id, view="FRONTAL", width=CANVAS, height=CANVAS)
    images["path"] = folder.paths(images.image_id, folder.files(*IMAGES, suffixes=PICTURES))
    named = [name for name in FINDINGS if name not in ADDED or name in set(boxes.finding)]
    shown = pd.crosstab(boxes.image_id, boxes.finding).clip(upper=1)
    labels = shown.reindex(index=images.image_id, columns=named, fill_value=0).reset_index(drop=True).astype("float32")
    return Cohort("chestx_det", images, labels, boxes=drawn(boxes, folder), root=folder.root, notes=tuple(folder.notes))


def _records(path: Path) -> list[dict[str, Any]]:
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path}: not readable as JSON ({error}). Expected the owner's annotations.") from error
    keys = {"file_name", "syms", "boxes"}
    if not isinstance(records, list) or not all(isinstance(one, dict) and keys <= set(one) for one in records):
        raise DataError(f"{path}: expected a list of images with {', '.join(sorted(keys))}.")
    return records


def _rows(path: Path, record: dict[str, Any]) -> list[tuple[Any, ...]]:
    name, findings, boxes = record["file_name"], record["syms"], record["boxes"]
    unknown = sorted(set(findings) - set(FINDINGS))
    if unknown:
        raise DataError(f"{path}: {name} has boxes of {listed(unknown)}. Expected one of: {', '.join(FINDINGS)}.")
    if len(findings) != len(boxes) or not all(len(box) == 4 for box in boxes):
        raise DataError(
            f"{path}: {name} has {len(findings)} findings and {len(boxes)} boxes. Expected four numbers each."
        )
    outlines = record.get("polygons", [])
    outlines = [_outline(one) for one in outlines] if len(outlines) == len(boxes) else [np.nan] * len(boxes)
    rows = zip(findings, boxes, outlines, strict=True)
    return [(image_id_of(name), finding, *map(float, box), outline) for finding, box, outline in rows]


def _outline(points: list[list[float]]) -> str | float:
    """A polygon's points as a cell; missing where they enclose nothing."""
    return outline_text([[number for point in points for number in point]]) if len(points) >= CORNERS else np.nan
