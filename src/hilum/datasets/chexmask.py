"""CheXmask: masks of lungs and heart for the images of other owners, drawn by a network and graded without a truth.

Counts: 657,566 rows: NIH ChestX-ray14, CheXpert, MIMIC-CXR-JPG, PadChest and VinDr-CXR, a table each.
Labels: none. Regions are HybridGNet's, as run lengths. `Dice RCA (Mean)` grades each by how well it explains atlases;
    the owner advises to keep those of 0.7 and above. A network's masks teach what that network draws, also its errors.
Citation: Gaggion N, Mosquera C, Mansilla L, et al. CheXmask: a large-scale dataset of anatomical segmentation masks for
    multi-center chest x-ray images. Scientific Data 2024; 11:511, doi:10.1038/s41597-024-03358-1.
License: CC BY 4.0 for the masks; each owner's own terms for the images.
Split: none by the owner; NIH's lists are read where they lie beside the images.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from hilum.datasets.folder import PICTURES, Folder
from hilum.registry import register
from hilum.schema import Cohort, DataError
from hilum.schema.errors import listed
from hilum.schema.image_ids import chexpert_id, image_id_of

# the table's column of image names -> the owner's tables of that name, and where the patient stands in a name
NAMES = {
    "Image Index": r"^(\d+)_",
    "Path": r"(patient\d+)",
    "dicom_id": None,
    "ImageID": None,
    "image_id": None,
}
TABLES = ("ChestX-Ray8.csv", "Chexpert.csv", "CheXpert.csv", "MIMIC-CXR-JPG.csv", "Padchest.csv", "VinDr-CXR.csv")
REGIONS = {"Left Lung": "left_lung", "Right Lung": "right_lung", "Heart": "heart"}
GRADE, LEAST = "Dice RCA (Mean)", 0.7
PLACES = ("images*/images", "images*", "*/images", "images", "png", "*", ".")
ROWS = 2000  # rows of the table read at a time: each holds up to 50 KB


@register
def chexmask(root: str | Path) -> Cohort:
    """CheXmask: masks of either lung and heart for images of NIH, CheXpert, MIMIC, PadChest or VinDr.

    Further columns: `dice_rca_mean`. Of images that are not there only the row is kept, not its masks; masks graded
    below 0.7 are left out, and counted.

    Args:
        root: the folder with one of CheXmask's tables (`ChestX-Ray8.csv`, `Chexpert.csv`, `MIMIC-CXR-JPG.csv`,
            `Padchest.csv`, `VinDr-CXR.csv`, of the original resolution, also packed) and the images as their owner
            publishes them.
    """
    folder = Folder(root, "chexmask", "one of CheXmask's tables, such as ChestX-Ray8.csv, beside the images")
    path = folder.need(*TABLES, *(f"*/{name}" for name in TABLES))
    named = _column(path)
    files = _files(folder, named)
    images, masks = [], []
    wanted = [named, GRADE, *REGIONS, "Height", "Width"]
    for part in pd.read_csv(path, chunksize=ROWS, usecols=wanted, dtype={named: str}):
        part = part.rename(columns={named: "name"})
        part["image_id"] = part["name"].map(chexpert_id if named == "Path" else image_id_of)
        images.append(part[["image_id", "name", GRADE, "Height", "Width"]])
        kept = part[part.image_id.isin(list(files)) & (part[GRADE] >= LEAST)]
        masks += [_rows(kept, theirs, ours) for theirs, ours in REGIONS.items()]
    table = pd.concat(images, ignore_index=True)
    return _cohort(folder, table, pd.concat(masks, ignore_index=True), files, named)


def _column(path: Path) -> str:
    """The table's column of image names."""
    header = list(pd.read_csv(path, nrows=0).columns)
    missing = [name for name in (GRADE, *REGIONS, "Height", "Width") if name not in header]
    named = next((name for name in NAMES if name in header), None)
    if missing or named is None:
        raise DataError(
            f"{path}: no column {listed(missing) or listed(NAMES)}. Expected a table of CheXmask's original "
            f"resolution; it has: {listed(header, most=20)}."
        )
    return named


def _files(folder: Folder, named: str) -> dict[str, str]:
    """Path by image id of the images beside the table."""
    if named == "Path":
        found = folder.root.glob("**/view*.jpg")
        return {chexpert_id(path.relative_to(folder.root).as_posix()): str(path) for path in found}
    return folder.files(*PLACES, suffixes=(*PICTURES, ".dcm", ".dicom"))


def _rows(part: pd.DataFrame, theirs: str, ours: str) -> pd.DataFrame:
    rows = part[["image_id", theirs, "Height", "Width"]].dropna()
    rows.columns = pd.Index(["image_id", "rle", "height", "width"])
    return rows.assign(structure=ours, path=pd.Series(np.nan, rows.index, "str"), rle_order="rows")


def _cohort(folder: Folder, table: pd.DataFrame, masks: pd.DataFrame, files: dict[str, str], named: str) -> Cohort:
    pattern = NAMES[named]
    images = table[["image_id"]].assign(
        patient_id=table.image_id if pattern is None else table["name"].str.extract(pattern)[0].fillna(table.image_id),
        view="FRONTAL",
        height=table["Height"].astype(np.float64),
        width=table["Width"].astype(np.float64),
        dice_rca_mean=table[GRADE].astype(np.float64),
    )
    if pattern is None:
        folder.note("The table names no patients: each image counts as one, so that a split may part a real patient.")
    images["path"] = folder.paths(images.image_id, files)
    low = int(((images.dice_rca_mean < LEAST) & images.path.notna()).sum())
    folder.note(f"{low:,} images are graded below {LEAST} (Dice RCA): their masks are left out.")
    folder.note(f"{len(masks):,} masks on {masks.image_id.nunique():,} images are there.")
    return Cohort("chexmask", images, masks=masks, root=folder.root, notes=tuple(folder.notes))
