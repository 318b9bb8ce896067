"""RSNA Pneumonia Detection Challenge 2018: 26,684 frontal images with boxes around lung opacities, three classes.

Counts: 26,684 DICOM of 1024 x 1024 (stage 2): 6,012 with opacities in 9,555 boxes, 11,821 not normal without them,
    8,851 normal; and 3,000 test images without labels in this release. PA and AP.
Labels: drawn by radiologists of RSNA and of the Society of Thoracic Radiology. `Lung Opacity` is any opacity that
    suggested pneumonia on the image alone, without history or laboratory; the class `No Lung Opacity / Not Normal`
    holds every other abnormality, so absent does not mean healthy. The images are NIH ChestX-ray14's under other names:
    training on one and testing on the other leaks. `patientId` names an image, not a person; with RSNA's mapping file
    (30,000 images) beside the tables the NIH patients become known.
Citation: Shih G, Wu CC, Halabi SS, et al. Augmenting the National Institutes of Health Chest Radiograph Dataset with
    Expert Annotations of Possible Pneumonia. Radiology: Artificial Intelligence 2019; 1(1):e180041,
    doi:10.1148/ryai.2019180041.
License: RSNA's terms: research, education and other use, commercial too, with attribution.
Split: the challenge's train images; its test images have no labels here.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from hilum.datasets.drawn_boxes import drawn
from hilum.datasets.facts import SEX, VIEW
from hilum.datasets.folder import DICOM, PICTURES, Folder, read_table
from hilum.registry import register
from hilum.schema import Boxes, Cohort, DataError
from hilum.schema.errors import listed
from hilum.schema.findings import RSNA
from hilum.schema.image_ids import image_id_of

CANVAS = 1024.0
LABELS = {
    "image_id": ("patientId",),
    "x0": ("x",),
    "y0": ("y",),
    "width": ("width",),
    "height": ("height",),
    "target": ("Target",),
}
EDGES = ["x0", "y0", "width", "height"]
TABLES = ("stage_2_train_labels.csv", "stage2_train_metadata.csv", "*/stage2_train_metadata.csv")
TEST_TABLES = ("stage_2_sample_submission.csv", "stage2_test_metadata.csv", "*/stage2_test_metadata.csv")
IMAGES = ("stage_2_*_images", "Training/Images", "Test/Images", "Test", "*images*", "*/*mages")
HEADERS = ("stage_2_train_metadata.csv", "stage2_train_metadata.csv", "*metadata*.csv*", "*dicom_headers*.csv*")
CLASSES = ("Lung Opacity", "No Lung Opacity / Not Normal", "Normal")
FACTS = {"sex": ("PatientSex", "sex"), "age": ("PatientAge", "age"), "view": ("ViewPosition", "position", "view")}
MAPPING = "pneumonia-challenge-dataset-mappings_2018.json"


@register
def rsna_pneumonia(root: str | Path, *, unlabeled: bool = False) -> Cohort:
    """RSNA Pneumonia 2018: 26,684 frontal images, lung opacity in three classes, boxes.

    Further columns: `rsna_class`, and `nih_image_id` when RSNA's mapping file is there; then `patient_id` and
    `sequence` are NIH's. Sex, age and view stand in the DICOM headers; they are filled when a table of them
    (`*metadata*.csv` or `*dicom_headers*.csv`) lies in the folder, else the view is FRONTAL.

    Args:
        root: the folder with `stage_2_train_labels.csv` and `stage_2_train_images/`; or the copy as PNG with
            `stage2_train_metadata.csv`, `Training/Images/` and `Test/`.
        unlabeled: also the test images of `stage_2_sample_submission.csv`, which have no labels.
    """
    folder = Folder(root, "rsna_pneumonia", "stage_2_train_labels.csv and DICOM files under stage_2_train_images/")
    rows = read_table(folder.need(*TABLES), LABELS)
    rows["target"] = folder.numbers(rows.target, "Target")
    _refuse_two_targets(rows)
    images = rows[["image_id", "target"]].drop_duplicates("image_id", ignore_index=True).assign(split="train")
    images = pd.concat([images, _unlabeled(folder, unlabeled)], ignore_index=True)
    folder.note(f"{len(images):,} images are listed, {int((images.target == 1).sum()):,} with lung opacities.")
    images["rsna_class"] = images.image_id.map(_classes(folder, images))
    images["path"] = folder.paths(images.image_id, folder.files(*IMAGES, suffixes=DICOM + PICTURES))
    images["width"] = images["height"] = CANVAS
    _add_facts(images, folder)
    _add_patients(images, folder)
    labels = images[["target"]].set_axis(list(RSNA), axis=1)
    return Cohort(
        "rsna_pneumonia",
        images.drop(columns="target"),
        labels,
        boxes=_boxes(rows, folder),
        root=folder.root,
        notes=tuple(folder.notes),
    )


def _unlabeled(folder: Folder, wanted: bool) -> pd.DataFrame:
    path = folder.find(*TEST_TABLES)
    names = read_table(path, {"image_id": ("patientId",)}) if path else pd.DataFrame({"image_id": []}, dtype="str")
    if wanted and path is None:
        raise folder.refusal("holds no stage_2_sample_submission.csv, which lists the images without labels")
    names = names.drop_duplicates(ignore_index=True)
    if path and not wanted:
        folder.note(f"{len(names):,} test images have no labels and are left out: ask for them with unlabeled=True.")
    return names.assign(target=np.nan, split="test") if wanted else names.iloc[:0].assign(target=np.nan, split="test")


def _refuse_two_targets(rows: pd.DataFrame) -> None:
    """An image has one row a box, each with the same target."""
    targets = rows.groupby("image_id").target.nunique()
    if (targets > 1).any():
        names = listed(targets.index[targets > 1])
        raise DataError(f"{(targets > 1).sum():,} images have two targets: {names}. Expected one, 0 or 1, an image.")


def _classes(folder: Folder, images: pd.DataFrame) -> "pd.Series[str]":
    """The owner's class by image id; a copy writes `No Lung Opacity/Not Normal` without the spaces."""
    path = folder.optional("stage_2_detailed_class_info.csv", *TABLES[1:], otherwise="the three classes are not known")
    if path is None:
        return pd.Series([], dtype="str")
    table = read_table(path, {"image_id": ("patientId",), "name": ("class",)})
    table["name"] = table["name"].astype("str").str.replace(r"\s*/\s*", " / ", regex=True)
    table = table.drop_duplicates()
    unknown = sorted(set(table["name"].fillna("nothing")) - set(CLASSES))
    if unknown or table.image_id.duplicated().any():
        raise DataError(
            f"{path}: expected one class of {', '.join(CLASSES)} an image, found {', '.join(unknown) or 'two'}."
        )
    classes = table.set_index("image_id")["name"]
    counts = images.image_id.map(classes).value_counts()
    folder.note("Classes: " + ", ".join(f"{counts.get(name, 0):,} {name}" for name in CLASSES) + ".")
    return classes


def _add_facts(images: pd.DataFrame, folder: Folder) -> None:
    """Sex, age and view from a table of the DICOM headers; no DICOM file is opened here."""
    images["view"] = "FRONTAL"
    path = folder.optional(*HEADERS, otherwise="sex, age and view are not known")
    if path is None:
        return
    paths = dict.fromkeys((path, folder.find(*TEST_TABLES[1:]) or path))
    tables = [read_table(each, {"image_id": ("PatientID",), **FACTS}, optional=FACTS) for each in paths]
    table = pd.concat(tables, ignore_index=True).drop_duplicates("image_id")
    facts = table.set_index("image_id").reindex(images.image_id).reset_index(drop=True)
    if "sex" in facts:
        images["sex"] = folder.words(facts.sex, SEX, "sex")
    if "view" in facts:
        images["view"] = folder.words(facts["view"], VIEW, "view").fillna("FRONTAL")
    if "age" in facts:
        images["age_years"] = folder.ages(facts.age)
        images["age_implausible"] = folder.implausible(images.age_years)


def _add_patients(images: pd.DataFrame, folder: Folder) -> None:
    images["patient_id"] = images.image_id
    path = folder.optional(
        MAPPING, otherwise="each image counts as a patient of its own, so a split drawn here may part a real patient"
    )
    if path is None:
        return
    try:
        mapping = {
            row["subset_img_id"]: image_id_of(row["img_id"]) for row in json.loads(path.read_text(encoding="utf-8"))
        }
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}: not RSNA's mapping ({error!r}). Expected rows with subset_img_id and img_id."
        ) from error
    nih = images.image_id.map(mapping).astype("str")
    images["nih_image_id"] = nih
    number = nih.str.split("_").str
    images["patient_id"] = number[0].str.lstrip("0").fillna(images.image_id)
    images["sequence"] = pd.to_numeric(number[1])
    folder.note(f"{nih.notna().sum():,} images are mapped to {number[0].nunique():,} NIH patients.")


def _boxes(rows: pd.DataFrame, folder: Folder) -> Boxes:
    rows = rows.assign(**{edge: folder.numbers(rows[edge], f"a box's {edge}") for edge in EDGES})
    placed, present = rows[EDGES].notna().all(axis=1), rows.target == 1
    boxes = rows[present & placed]
    boxes = boxes.assign(finding=RSNA[0], x1=boxes.x0 + boxes.width, y1=boxes.y0 + boxes.height)
    folder.note(f"{len(boxes):,} boxes on {boxes.image_id.nunique():,} images.")
    if (present != placed).any():
        folder.note(
            f"{(present & ~placed).sum():,} rows of target 1 lack a number of their box's place, "
            f"{(~present & placed).sum():,} boxes stand beside another target: they are left out."
        )
    return drawn(boxes, folder)
