"""NIH ChestX-ray14: 112,120 frontal images of 30,805 patients of one hospital, 14 findings mined from reports.

Counts: 112,120 PNG of 1024 x 1024 (some stored with color channels), 67,310 PA and 44,810 AP; 60,361 carry no finding,
    30,963 one, 20,796 several. 984 boxes of eight findings on 880 images of the test list.
Labels: text mining of the radiologists' reports, which were never published; the owner puts it at over 90 % correct,
    readers of samples found less (Oakden-Rayner 2017). A finding that a report does not mention counts as absent, so
    0 means "denied or not mentioned". Follow-up images repeat earlier findings; many pneumothoraces are drained
    already, so a model may learn the drain. Infiltration, Consolidation and Pneumonia overlap. The images were windowed
    to 8 bits and squeezed to a square canvas before they were published.
Citation: Wang X, Peng Y, Lu L, Lu Z, Bagheri M, Summers RM. ChestX-ray8: Hospital-scale Chest X-ray Database and
    Benchmarks on Weakly-Supervised Classification and Localization of Common Thorax Diseases. CVPR 2017.
    arXiv:1705.02315.
License: no restriction on use; credit the NIH Clinical Center, cite the paper, link to the download page.
Split: the owner's, by patient: `train_val_list.txt` (86,524) and `test_list.txt` (25,596).
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.datasets.drawn_boxes import drawn
from hilum.datasets.facts import SEX, VIEW
from hilum.datasets.folder import PICTURES, Folder, read_table
from hilum.registry import register
from hilum.schema import Boxes, Cohort, DataError
from hilum.schema.errors import listed
from hilum.schema.findings import NIH14, NO_FINDING, Findings
from hilum.schema.image_ids import image_id_of

CANVAS = 1024.0  # the owner's images and boxes; a scaled-down copy keeps these coordinates
TABLES = ("Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv")
IMAGES = ("images_*/images", "images_*", "images", "images/images", "images-*", "images-*/images-*")
COLUMNS = {
    "image": ("Image Index",),
    "findings": ("Finding Labels",),
    "sequence": ("Follow-up #",),
    "patient_id": ("Patient ID",),
    "age": ("Patient Age",),
    "sex": ("Patient Gender", "Patient Sex"),
    "view": ("View Position",),
    "scan_width": ("OriginalImage[Width",),
    "scan_height": ("Height]", "OriginalImageHeight"),
    "spacing_mm_x": ("OriginalImagePixelSpacing[x",),
    "spacing_mm_y": ("y]", "OriginalImagePixelSpacingY"),
}
FACTS = ("scan_width", "scan_height", "spacing_mm_x", "spacing_mm_y")
SPLITS = {  # the owner's lists, and the same ones as a copy of 224 pixels names them
    "train": ("train_val_list.txt", "train_val_list_NIH.txt"),
    "test": ("test_list.txt", "test_list_NIH.txt"),
}
BOXES = ("BBox_List_2017.csv", "BBox_List_2017_Official_NIH.csv")
BOX = {
    "image_id": ("Image Index",),
    "finding": ("Finding Label",),
    "x0": ("Bbox [x",),
    "y0": ("y",),
    "width": ("w",),
    "height": ("h]",),
}
QUALITY = {
    "quality_rotated": "blacklist_rotated_images.csv",
    "quality_not_frontal": "blacklist_non_PA_AP_view.csv",
    "quality_low": "blacklist_other_images_with_lower_quality.csv",
}


@register
def nih14(root: str | Path) -> Cohort:
    """NIH ChestX-ray14: 112,120 frontal images, 14 findings mined from reports, boxes on 880 images.

    Further columns: `no_finding` (the owner's word, which answers for the finding `No Finding`), `age_implausible`
    (above 110 years; the value is kept), `scan_width`, `scan_height` and `spacing_mm_x`, `spacing_mm_y` of the detector
    before the image was put on the 1024 x 1024 canvas, which is what `width`, `height` and the boxes speak of; and,
    where `quality_lists/` holds the lists of images that others found rotated, not frontal or of low quality
    (Azure/AzureChestXRay), `quality_rotated`, `quality_not_frontal`, `quality_low`.

    Args:
        root: the folder with the table, the lists and `images_001/images` … or one `images/`; whole, partial or scaled.
    """
    folder = Folder(root, "nih14", f"{TABLES[0]} and PNG files under images_*/images/ or images/")
    table = read_table(folder.need(*TABLES), COLUMNS, optional=FACTS)
    images = _images(table, folder)
    images["path"] = folder.paths(images.image_id, folder.files(*IMAGES, suffixes=PICTURES))
    images["split"] = _split(images.image_id, folder)
    for column, name in QUALITY.items():
        path = folder.find(f"quality_lists/{name}", name)
        if path is not None:
            images[column] = images.image_id.isin(_names(path))
            folder.note(f"{name}: {images[column].sum():,} images are flagged {column}.")
    labels, images["no_finding"] = _labels(table.findings, images.image_id)
    boxes = _boxes(images.image_id, folder)
    return Cohort("nih14", images, labels, boxes=boxes, root=folder.root, notes=tuple(folder.notes))


def _images(table: pd.DataFrame, folder: Folder) -> pd.DataFrame:
    patient = table.patient_id.astype("str")
    images = pd.DataFrame({"image_id": _stem(table.image), "patient_id": patient})
    images["study_id"] = patient + "_" + table.sequence.astype("str")
    images["view"] = folder.words(table["view"], VIEW, "view")
    images["sex"] = folder.words(table.sex, SEX, "sex")
    images["sequence"] = table.sequence
    images["age_years"] = folder.ages(table.age)
    images["age_implausible"] = folder.implausible(images.age_years)
    images["width"] = images["height"] = CANVAS
    images[[name for name in FACTS if name in table]] = table[[name for name in FACTS if name in table]]
    folder.note(f"{len(images):,} images of {patient.nunique():,} patients are listed.")
    return images


def _stem(names: "pd.Series[str]") -> "pd.Series[str]":
    return names.map(image_id_of, na_action="ignore")


def _labels(listed_findings: "pd.Series[str]", image_ids: "pd.Series[str]") -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """1 for each finding named, 0 for the others; and where the owner says `No Finding`."""
    codes, combinations = pd.factorize(listed_findings.fillna(""))
    findings = Findings(NIH14)
    present = np.zeros((len(combinations), len(findings)), dtype=np.float32)
    nothing = np.zeros(len(combinations), dtype=np.bool_)
    for row, combination in enumerate(combinations):
        for name in combination.split("|"):
            place = findings.find(name)
            if place is not None:
                present[row, place] = 1
            elif name == NO_FINDING:
                nothing[row] = True
            else:
                raise DataError(
                    f"Unknown finding '{name}' of {image_ids[codes == row].iloc[0]}. "
                    f"Expected {NO_FINDING} or names of {', '.join(NIH14)}, with | between them."
                )
    return pd.DataFrame(present[codes], columns=list(NIH14)), nothing[codes]


def _names(path: Path) -> list[str]:
    """The image ids that a list names, one in a line."""
    try:
        return [image_id_of(name) for name in path.read_text(encoding="utf-8-sig").split()]
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not a text file ({error}). Expected the owner's list, one image in a line."
        ) from error


def _split(image_ids: "pd.Series[str]", folder: Folder) -> "pd.Series[str]":
    splits: dict[str, str] = {}
    known = set(image_ids.tolist())
    for split, spellings in SPLITS.items():
        path = folder.optional(*spellings, otherwise=f"no image is placed in {split}")
        if path is None:
            continue
        name, names = path.name, _names(path)
        splits |= dict.fromkeys(names, split)
        unknown = sorted(set(names) - known)
        folder.note(f"{name}: {len(names) - len(unknown):,} images are {split}.")
        if unknown:
            folder.note(f"{name}: {len(unknown):,} of its images are not in the table: {listed(unknown)}.")
    placed = image_ids.map(splits).astype("str")
    if placed.isna().any():
        folder.note(f"{placed.isna().sum():,} images stand in neither list: their split is not known.")
    return placed


def _boxes(image_ids: "pd.Series[str]", folder: Folder) -> Boxes | None:
    path = folder.optional(*BOXES, otherwise="no boxes")
    if path is None:
        return None
    table = read_table(path, BOX, may_be_empty=True)
    table["image_id"] = _stem(table.image_id)
    for edge in ("x0", "y0", "width", "height"):
        table[edge] = folder.numbers(table[edge], f"a box's {edge}")
    table["x1"], table["y1"] = table.x0 + table.pop("width"), table.y0 + table.pop("height")
    nameless = table.finding.isna()
    if nameless.any():
        folder.note(f"{nameless.sum():,} boxes name no finding and are left out.")
        table = table[~nameless].reset_index(drop=True)
    table["finding"] = _box_findings(table.finding, path)
    known = table.image_id.map(set(image_ids.tolist()).__contains__).astype("bool")
    placed = table[["x0", "y0", "x1", "y1"]].notna().all(axis=1)
    boxes = table[known & placed]
    folder.note(f"{len(boxes):,} boxes on {boxes.image_id.nunique():,} images, on the 1024 x 1024 canvas.")
    if not known.all():
        folder.note(f"{(~known).sum():,} boxes belong to images that are not in the table and are left out.")
    if not placed.all():
        folder.note(f"{(~placed).sum():,} boxes lack a number of their place and are left out.")
    return drawn(boxes, folder)


def _box_findings(names: "pd.Series[str]", path: Path) -> "pd.Series[str]":
    """The findings of boxes in NIH's spelling; the owner writes Infiltrate here."""
    findings = Findings(NIH14)
    unknown = [name for name in names.unique() if findings.find(str(name)) is None]
    if unknown:
        raise DataError(f"{path}: boxes of {listed(unknown)}. Expected one of: {', '.join(NIH14)}.")
    return names.map({name: NIH14[findings.position(name)] for name in names.unique()})
