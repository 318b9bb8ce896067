"""VinDr-CXR: 18,000 frontal images of two hospitals in Vietnam, 28 findings read by radiologists, boxes for 22.

Counts: 15,000 DICOM to train on, each read by three of 17 radiologists; 3,000 to test on, read by five to a consensus.
Labels: read on the image itself, not mined from reports. Readers differ: `agree` puts an image's readings together by
    any reader (as most users do) or by the majority. Boxes keep their `reader`, or are fused where that is asked for.
    Six findings are global (COPD, lung tumor, pneumonia, tuberculosis, other diseases, no finding) and have no boxes.
    An image tells no patient: each counts as its own. The owner calls all images PA, but no table says so: view, sex
    and age stand in the DICOM headers, if at all. The challenge's release (`train.csv`) has boxes of 14 findings only;
    a label is then whether a reader drew a box.
Citation: Nguyen HQ, Lam K, Le LT, et al. VinDr-CXR: An open dataset of chest X-rays with radiologist's annotations.
    Scientific Data 2022; 9:429, doi:10.1038/s41597-022-01498-w. Data: doi:10.13026/3akn-b287.
License: PhysioNet Credentialed Health Data License 1.5.0: no redistribution.
Split: the owner's: train and test.
"""

from pathlib import Path

import pandas as pd

from hilum.datasets.folder import DICOM, PICTURES, Folder, read_table
from hilum.datasets.fused_readers import fused_readers
from hilum.registry import register
from hilum.schema import Boxes, Cohort, ConfigError

LOCAL = (
    "Aortic enlargement", "Atelectasis", "Calcification", "Cardiomegaly", "Clavicle fracture", "Consolidation", "Edema",
    "Emphysema", "Enlarged PA", "ILD", "Infiltration", "Lung Opacity", "Lung cavity", "Lung cyst", "Mediastinal shift",
    "Nodule/Mass", "Pleural effusion", "Pleural thickening", "Pneumothorax", "Pulmonary fibrosis", "Rib fracture",
    "Other lesion",
)  # fmt: skip
GLOBAL = ("COPD", "Lung tumor", "Pneumonia", "Tuberculosis", "Other diseases", "No finding")
FINDINGS = LOCAL + GLOBAL
SPELLINGS = {name: (name,) for name in FINDINGS} | {"Other diseases": ("Other diseases", "Other disease")}
CHALLENGE = (
    "Aortic enlargement", "Atelectasis", "Calcification", "Cardiomegaly", "Consolidation", "ILD", "Infiltration",
    "Lung Opacity", "Nodule/Mass", "Other lesion", "Pleural effusion", "Pleural thickening", "Pneumothorax",
    "Pulmonary fibrosis", "No finding",
)  # fmt: skip
BOX = {
    "image_id": ("image_id",),
    "reader": ("rad_id",),
    "finding": ("class_name",),
    "x0": ("x_min",),
    "y0": ("y_min",),
    "x1": ("x_max",),
    "y1": ("y_max",),
}
EDGES = ["x0", "y0", "x1", "y1"]
SIZE = {"height": ("height", "dim0", "rows"), "width": ("width", "dim1", "columns")}  # dim0 counts rows, as in NumPy
SIZE_TABLES = ("{split}_meta.csv", "*/{split}_meta.csv", "{split}/{split}_meta.csv")
IMAGES = ("train", "test", "images", "*/train", "*/test", "train/train", "test/test")


@register
def vindr_cxr(root: str | Path, *, agree: str = "any", boxes: str = "readers") -> Cohort:
    """VinDr-CXR: 18,000 frontal images read by radiologists, 28 findings, boxes a reader.

    Further column: `readers` (how many read the image). `width` and `height` are the original's, on which the boxes
    lie: they are filled from the columns `width`, `height` of a table of boxes or labels, or from the table
    `train_meta.csv` (`dim0`, `dim1`) that comes with resized copies. Without them a picture must be of original size.

    Args:
        root: PhysioNet's folder (`annotations/`, `train/`, `test/`), the challenge's (`train.csv`, `train/`), or a
            resized copy of either.
        agree: how an image's readings become its labels: `any` reader, or the `majority` of them.
        boxes: those of all `readers`, each by its own; or `fused`: boxes of one finding by different readers that
            overlap (IoU above 0.4) become their mean, and those that `agree` asks for stay: all, or what more than half
            of the image's readers drew. A detector is measured by fused ones.
    """
    if agree not in ("any", "majority"):
        raise ConfigError(f"Readers cannot agree by '{agree}'. Expected any or majority.")
    if boxes not in ("readers", "fused"):
        raise ConfigError(f"There are no boxes '{boxes}'. Expected those of all readers, or fused.")
    folder = Folder(root, "vindr_cxr", "annotations/image_labels_train.csv or train.csv, and DICOM files under train/")
    tables = _tables(folder, "image_labels")
    if tables:
        readings = pd.concat([_readings(path, split) for split, path in tables.items()], ignore_index=True)
        table = _boxes(_tables(folder, "annotations"))
    else:
        table = _boxes({"train": folder.need("train.csv", "annotations/annotations_train.csv", "*/train.csv")})
        readings = _readings_of_boxes(table)
    images, labels = _images(readings, agree, folder)
    images["view"] = "FRONTAL"
    images["path"] = folder.paths(images.image_id, folder.files(*IMAGES, suffixes=DICOM + PICTURES))
    images[[*SIZE]] = _sizes(images.image_id, [readings, table], folder)
    drawn = _drawn(table, images, folder)
    if boxes == "fused":
        drawn = fused_readers(drawn, images.set_index("image_id").readers, folder.note, majority=agree == "majority")
    return Cohort("vindr_cxr", images, labels, boxes=drawn, root=folder.root, notes=tuple(folder.notes))


def _tables(folder: Folder, name: str) -> dict[str, Path]:
    """The owner's tables of this name, by split."""
    found = {
        split: folder.find(f"annotations/{name}_{split}.csv", f"{name}_{split}.csv") for split in ("train", "test")
    }
    return {split: path for split, path in found.items() if path is not None}


def _readings(path: Path, split: str) -> pd.DataFrame:
    """One row a reading; the test images' consensus is one reading."""
    columns = {"image_id": ("image_id",), **SPELLINGS}
    table = read_table(path, {**columns, **SIZE}, optional=(*FINDINGS, *SIZE))
    return table.reindex(columns=[*columns, *SIZE]).assign(split=split)


def _readings_of_boxes(boxes: pd.DataFrame) -> pd.DataFrame:
    """The challenge has no table of labels: a reader who drew no box of a finding says that it is absent."""
    drawn = pd.crosstab([boxes.image_id, boxes.reader.fillna("")], boxes.finding).clip(upper=1)
    return drawn.reindex(columns=list(CHALLENGE), fill_value=0).reset_index().assign(split="train")


def _images(readings: pd.DataFrame, agree: str, folder: Folder) -> tuple[pd.DataFrame, pd.DataFrame]:
    named = [name for name in FINDINGS if name in readings and readings[name].notna().any()]
    readings[named] = readings[named].apply(lambda cells: folder.numbers(cells, str(cells.name)))
    grouped = readings.groupby("image_id", sort=False)
    share = grouped[named].mean()
    labels = (share > (0 if agree == "any" else 0.5)).astype("float32").where(share.notna())
    disputed = int(((share > 0) & (share < 1)).to_numpy().sum())
    folder.note(f"{len(share):,} images are listed in {len(readings):,} readings.")
    folder.note(f"{disputed:,} labels on which readers differ are settled by {agree}.")
    folder.note("Each image counts as a patient of its own: a split drawn here may part a real patient.")
    images = pd.DataFrame({"image_id": share.index.astype("str")})
    images["patient_id"] = images.image_id
    images["split"] = grouped.split.first().to_numpy()
    images["readers"] = grouped.size().to_numpy()
    return images, labels.reset_index(drop=True)


def _boxes(paths: dict[str, Path]) -> pd.DataFrame:
    tables = [read_table(path, {**BOX, **SIZE}, optional=("reader", *SIZE)) for path in paths.values()]
    columns = [*BOX, *SIZE]
    return pd.concat(tables, ignore_index=True).reindex(columns=columns) if tables else pd.DataFrame(columns=columns)


def _sizes(image_ids: "pd.Series[str]", tables: list[pd.DataFrame], folder: Folder) -> pd.DataFrame:
    """Each image's original rows and columns, from the first table that has them; missing where none does."""
    for split in ("train", "test"):
        path = folder.find(*(place.format(split=split) for place in SIZE_TABLES))
        if path is not None:
            tables = [*tables, read_table(path, {"image_id": ("image_id",), **SIZE})]
    rows = [table.reindex(columns=["image_id", *SIZE]).dropna() for table in tables]
    sizes = pd.concat(rows, ignore_index=True).drop_duplicates("image_id").set_index("image_id").reindex(image_ids)
    sizes = pd.DataFrame({side: folder.numbers(sizes[side], f"an image's {side}") for side in SIZE})
    known = int(sizes.notna().all(axis=1).sum())
    folder.note(
        f"The original size of {known:,} of {len(sizes):,} images is known; where it is not, boxes fit the original "
        "image alone."
    )
    return sizes.reset_index(drop=True)


def _drawn(boxes: pd.DataFrame, images: pd.DataFrame, folder: Folder) -> Boxes:
    """The rows that are boxes: not the ones that say there is no finding, and none without area or image."""
    boxes = boxes.assign(**{edge: folder.numbers(boxes[edge], f"a box's {edge}") for edge in EDGES})
    drawn = boxes.dropna(subset=EDGES)
    partial = int(boxes[EDGES].notna().any(axis=1).sum()) - len(drawn)
    flat = (drawn.x1 <= drawn.x0) | (drawn.y1 <= drawn.y0)
    stray = ~drawn.image_id.isin(images.image_id)
    kept = drawn[~flat & ~stray]
    folder.note(f"{len(kept):,} boxes on {kept.image_id.nunique():,} images, a reader each.")
    if (flat | stray).any():
        folder.note(
            f"{flat.sum():,} boxes without area and {stray.sum():,} of images that are not listed are left out."
        )
    if partial:
        folder.note(f"{partial:,} boxes lack a number of their place and are left out.")
    return Boxes(kept.drop(columns=[*SIZE]))
