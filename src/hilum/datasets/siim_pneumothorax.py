"""SIIM-ACR Pneumothorax Segmentation 2019: 12,047 frontal images, pneumothorax outlined as run lengths.

Counts: stage 2 trains on 12,047 DICOM of 1024 x 1024, 2,669 with a pneumothorax in one or more masks; 3,205 test images
    without labels. Stage 1 (`train-rle.csv`) lists 10,675 of them; its 1,372 labeled test images are the others.
Labels: outlined by radiologists of the two societies below and of the Society of Thoracic Radiology, in part by
    correcting a model's proposals, and adjudicated; on images of NIH ChestX-ray14 under other names, so training here
    and testing there leaks. Many drained pneumothoraces show the drain. An image may have several masks. The mask `-1`
    says that there is none: absent, not unknown. A file name tells no patient.
Citation: Society for Imaging Informatics in Medicine and American College of Radiology. SIIM-ACR Pneumothorax
    Segmentation, 2019. Filice RW, et al. Crowdsourcing pneumothorax annotations using machine learning annotations on
    the NIH chest X-ray dataset. Journal of Digital Imaging 2020; 33:490-496, doi:10.1007/s10278-019-00299-9.
License: the challenge's rules, to be accepted before the download.
Split: the challenge's train images; the copy as PNG (`stage_1_*_images.csv`) has stage 1's train and test images.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from hilum.datasets.drawn_boxes import drawn
from hilum.datasets.folder import DICOM, PICTURES, Folder, read_table
from hilum.registry import register
from hilum.schema import Cohort, DataError
from hilum.schema.image_ids import image_id_of
from hilum.schema.run_lengths import numbers_of

CANVAS = 1024.0
TABLES = ("stage_2_train.csv", "train-rle.csv", "*/stage_2_train.csv", "*/train-rle.csv")
COPIES = {"train": "stage_1_train_images.csv", "test": "stage_1_test_images.csv"}  # of the copy as PNG, masks drawn
IMAGES = (
    *("dicom-images-train/*/*", "stage_2_images", "dicom-images-*", "png_images", "*/png_images", "*images*", "train"),
    "*/dicom-images-train/*/*",
)
MASKS = ("png_masks", "*/png_masks", "masks")
COLUMNS = {"image_id": ("ImageId",), "rle": ("EncodedPixels",)}
COPY_COLUMNS = {"image_id": ("ImageId",), "image": ("new_filename",), "present": ("has_pneumo",)}


@register
def siim_pneumothorax(root: str | Path) -> Cohort:
    """SIIM-ACR Pneumothorax: 12,047 frontal images with run-length masks.

    `masks` has one row a mask: either `rle`, which `decode_runs(rle, 1024, 1024, rle_order)` draws, or the `path` of a
    drawn one.
    `boxes` are the smallest ones around the masks that are run lengths, one a mask, with the mask beside each.
    Each image counts as a patient of its own, as no patient is told.

    Args:
        root: the folder with `stage_2_train.csv` or `train-rle.csv` and `dicom-images-train/*/*/*.dcm`; or the copy
            as PNG with `stage_1_train_images.csv`, `png_images/` and `png_masks/`, whose split is stage 1's.
    """
    folder = Folder(
        root, "siim_pneumothorax", "stage_2_train.csv or train-rle.csv and DICOM files under dicom-images-train/"
    )
    path = folder.find(*TABLES)
    images, masks = _challenge(path) if path is not None else _copy(folder)
    images["patient_id"] = images.image_id
    images[["width", "height", "view"]] = CANVAS, CANVAS, "FRONTAL"
    present = images.pop("present")
    folder.note(
        f"{len(images):,} images are listed, {int((present == 1).sum()):,} with pneumothorax in {len(masks):,} masks."
    )
    folder.note("Each image counts as a patient of its own: a split drawn here may part a real patient.")
    images["path"] = folder.paths(images.pop("file"), folder.files(*IMAGES, suffixes=DICOM + PICTURES))
    labels = pd.DataFrame({"Pneumothorax": present.astype("float32")})
    boxes = None if "rle" not in masks else drawn(_boxes_around(masks), folder)
    if boxes is not None:
        folder.note(f"{len(boxes):,} boxes are drawn around the masks, one each.")
    return Cohort(
        "siim_pneumothorax", images, labels, boxes=boxes, masks=masks, root=folder.root, notes=tuple(folder.notes)
    )


def _boxes_around(masks: pd.DataFrame) -> pd.DataFrame:
    """The smallest box around each mask, from its run lengths alone."""
    edges = [_box_around(rle, int(CANVAS)) for rle in masks.rle]
    boxes = pd.DataFrame(edges, columns=["x0", "y0", "x1", "y1"], dtype="float64")
    beside = masks[["image_id", "rle", "rle_order"]].reset_index(drop=True)
    return boxes.join(beside).assign(finding="Pneumothorax")


def _box_around(rle: str, height: int) -> tuple[int, int, int, int]:
    """Of a mask whose runs go down the columns; no area where nothing is set.

    >>> _box_around("1 2 3 1", 4)
    (0, 1, 2, 3)
    """
    numbers = numbers_of(rle)
    ends, lengths = np.cumsum(numbers)[1::2], numbers[1::2]
    ends, lengths = ends[lengths > 0], lengths[lengths > 0]
    if not len(ends):
        return 0, 0, 0, 0
    first, last = ends - lengths, ends - 1
    whole = (first // height != last // height).any()  # a run that goes on in the next column
    top, bottom = (0, height - 1) if whole else ((first % height).min(), (last % height).max())
    return int(first.min() // height), int(top), int(last.max() // height) + 1, int(bottom) + 1


def _challenge(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The images and masks of the challenge's table, one row a mask."""
    rows = read_table(path, COLUMNS)
    rows["rle"] = rows.rle.astype("str").str.strip()
    if rows.rle.isna().any():
        raise DataError(f"{path}: {rows.rle.isna().sum()} rows have no EncodedPixels. Expected run lengths or -1.")
    masks = rows[rows.rle != "-1"].assign(
        structure="pneumothorax", path=pd.Series(np.nan, rows.index, "str"), rle_order="columns"
    )
    images = rows[["image_id"]].drop_duplicates(ignore_index=True)
    present = images.image_id.isin(masks.image_id)
    images = images.assign(file=images.image_id, split="train", present=present)
    return images, masks[["image_id", "structure", "path", "rle", "rle_order"]].reset_index(drop=True)


def _copy(folder: Folder) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The images of a copy as PNG, whose masks are pictures under the image's name."""
    tables = {split: folder.find(name, f"*/{name}") for split, name in COPIES.items()}
    rows = [read_table(path, COPY_COLUMNS).assign(split=split) for split, path in tables.items() if path is not None]
    if not rows:
        raise folder.refusal(f"holds no {' or '.join((*TABLES[:2], COPIES['train']))}")
    images = pd.concat(rows, ignore_index=True)
    images["file"] = images.pop("image").map(image_id_of, na_action="ignore")
    images["present"] = folder.numbers(images.present, "has_pneumo")
    drawn = images.file.map(folder.files(*MASKS, suffixes=PICTURES)).where(images.present == 1)
    masks = pd.DataFrame({"image_id": images.image_id, "structure": "pneumothorax", "path": drawn.astype("str")})
    masks = masks[drawn.notna()].reset_index(drop=True)
    folder.note(f"{len(masks):,} masks of {int((images.present == 1).sum()):,} images with pneumothorax are there.")
    return images, masks
