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
Split: the challenge's train images.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.datasets.folder import DICOM, PICTURES, Folder, read_table
from hilum.registry import register
from hilum.schema import Cohort, DataError

CANVAS = 1024.0
TABLES = ("stage_2_train.csv", "train-rle.csv", "*/stage_2_train.csv", "*/train-rle.csv")
IMAGES = ("dicom-images-train/*/*", "stage_2_images", "dicom-images-*", "*images*", "train", "*/dicom-images-train/*/*")
COLUMNS = {"image_id": ("ImageId",), "rle": ("EncodedPixels",)}


@register
def siim_pneumothorax(root: str | Path) -> Cohort:
    """SIIM-ACR Pneumothorax: 12,047 frontal images with run-length masks.

    `masks` has one row a mask with the column `rle` in place of a path: `decode_rle(rle, 1024, 1024)` draws it. Each
    image counts as a patient of its own, as no patient is told.

    Args:
        root: the folder with `stage_2_train.csv` or `train-rle.csv` and `dicom-images-train/*/*/*.dcm`.
    """
    folder = Folder(
        root, "siim_pneumothorax", "stage_2_train.csv or train-rle.csv and DICOM files under dicom-images-train/"
    )
    path = folder.need(*TABLES)
    rows = read_table(path, COLUMNS)
    rows["rle"] = rows.rle.astype("str").str.strip()
    if rows.rle.isna().any():
        raise DataError(f"{path}: {rows.rle.isna().sum()} rows have no EncodedPixels. Expected run lengths or -1.")
    masks = rows[rows.rle != "-1"].assign(structure="pneumothorax", path=np.nan)
    images = rows[["image_id"]].drop_duplicates(ignore_index=True)
    present = images.image_id.isin(masks.image_id)
    images = images.assign(patient_id=images.image_id, split="train", width=CANVAS, height=CANVAS)
    folder.note(f"{len(images):,} images are listed, {present.sum():,} with pneumothorax in {len(masks):,} masks.")
    folder.note("Each image counts as a patient of its own: a split drawn here may part a real patient.")
    images["path"] = folder.paths(images.image_id, folder.files(*IMAGES, suffixes=DICOM + PICTURES))
    labels = pd.DataFrame({"Pneumothorax": present.astype("float32")})
    masks = masks[["image_id", "structure", "path", "rle"]].reset_index(drop=True)
    return Cohort("siim_pneumothorax", images, labels, masks=masks, root=folder.root, notes=tuple(folder.notes))


def decode_rle(rle: str, height: int, width: int) -> NDArray[np.bool_]:
    """The mask that relative run lengths draw.

    Pairs of (pixels to skip since the last run, pixels to set), counted down the columns from the left.

    Args:
        rle: as in `5 2 3 1`, or `-1` for an empty mask.
        height: of the image, pixels.
        width: of the image, pixels.

    Returns:
        (height, width), true inside.

    Source: the challenge's description of its masks.

    >>> decode_rle("1 2 3 1", 4, 2).astype(int).T.tolist()
    [[0, 1, 1, 0], [0, 0, 1, 0]]
    """
    mask = np.zeros(height * width, dtype=np.bool_)
    numbers = np.array(rle.split(), dtype=np.int64)
    if rle.strip() != "-1":
        if len(numbers) % 2 or (numbers < 0).any() or numbers.sum() > mask.size:
            raise DataError(
                f"Run lengths '{rle[:40]}' do not fit {height} x {width}. Expected pairs of skip and length."
            )
        ends = np.cumsum(numbers)[1::2]
        for end, length in zip(ends, numbers[1::2], strict=True):
            mask[end - length : end] = True
    return mask.reshape(width, height).T
