"""MIMIC-CXR-JPG: 377,110 images of 65,379 patients of one emergency department, 14 observations from reports.

Counts: 377,110 JPEG of 227,835 studies (2011-2016), 227,827 of them labeled. 147,173 AP, 96,161 PA, 82,853 LATERAL,
    35,133 LL, 21 in ten rarer words, 15,769 without a view.
Labels: two labelers read the same reports, CheXpert and NegBio; `labeler` chooses. They read the impression, where
    there is none the findings, else the report's last section. 1 present, 0 absent, -1 uncertain, blank not mentioned,
    which is not absent; CheXpert's row is blank throughout for 2,414 studies. They are a study's labels, put on each
    of its images. Release 2.1.0 adds labels by one radiologist, who read reports of the test split and not their images
    (`readers=True`). The images' histograms were equalized to 8 bits before JPEG, so gray values differ from DICOM's.
Citation: Johnson AEW, Pollard TJ, Greenbaum NR, et al. MIMIC-CXR-JPG, a large publicly available database of labeled
    chest radiographs. arXiv:1901.07042, 2019. Release 2.1.0: doi:10.13026/jsn5-t979.
License: PhysioNet Credentialed Health Data License 1.5.0: training in human research, no redistribution.
Split: the owner's, by patient: train, validate (val), test.
"""

from pathlib import Path

import pandas as pd

from hilum.datasets.facts import SEX
from hilum.datasets.folder import Folder, read_table
from hilum.registry import register
from hilum.schema import Cohort, ConfigError, DataError
from hilum.schema.findings import CHEXPERT14
from hilum.schema.numbers import as_numbers

LABELERS = ("chexpert", "negbio")
STUDY = {"patient_id": ("subject_id",), "study_id": ("study_id",)}
METADATA = {
    "image_id": ("dicom_id",),
    **STUDY,
    "view": ("ViewPosition",),
    "height": ("Rows",),
    "width": ("Columns",),
    "date": ("StudyDate",),
    "time": ("StudyTime",),
}
SPLIT = {"image_id": ("dicom_id",), "split": ("split",)}
FINDINGS = {name: (name,) for name in CHEXPERT14} | {"Lung Opacity": ("Lung Opacity", "Airspace Opacity")}
VIEW = {"pa": "PA", "ap": "AP"} | dict.fromkeys(("lateral", "ll", "xtable lateral"), "LATERAL")
SPLITS = {"train": "train", "validate": "val", "test": "test"}
PATIENTS = {"patient_id": ("subject_id",), "sex": ("gender",), "age": ("anchor_age",), "year": ("anchor_year",)}


@register
def mimic_cxr(root: str | Path, *, labeler: str = "chexpert", readers: bool = False) -> Cohort:
    """MIMIC-CXR-JPG: 377,110 images, 14 observations from reports by a chosen labeler, uncertainty kept.

    `sequence` counts a patient's studies by date and time (dates are shifted, their order is not). `view_position`
    keeps the owner's word; oblique and decubitus views are none of ours. Sex and age stand in MIMIC-IV: they are
    filled when its `patients.csv` lies in the folder.

    Args:
        root: the folder with `mimic-cxr-2.*-metadata.csv.gz` (or unpacked) and `files/p10` … `p19`.
        labeler: `chexpert` or `negbio`.
        readers: take the test studies' labels from the radiologist's table instead, where it has them.
    """
    if labeler not in LABELERS:
        raise ConfigError(f"There is no labeler '{labeler}' of mimic_cxr. Expected one of: {', '.join(LABELERS)}.")
    folder = Folder(root, "mimic_cxr", "mimic-cxr-2.*-metadata.csv.gz and JPEG files under files/p10 … p19")
    table = read_table(folder.need("mimic-cxr-2.*-metadata.csv*"), METADATA)
    images = _images(table, folder)
    labels = _labels(table, folder.need(f"mimic-cxr-2.*-{labeler}.csv*"), f"the {labeler} labeler", folder)
    if readers:
        seen = _labels(table, folder.need("mimic-cxr-2.*-test-set-labeled.csv*"), "a radiologist", folder)
        theirs = seen.notna().any(axis=1) & (images.split == "test")
        labels = labels.where(~theirs, seen)
        folder.note(f"{theirs.sum():,} test images carry the radiologist's labels.")
    return Cohort("mimic_cxr", images, labels, root=folder.root, notes=tuple(folder.notes))


def _images(table: pd.DataFrame, folder: Folder) -> pd.DataFrame:
    images = table[["image_id", "patient_id", "study_id"]].copy()
    patient, study = images.patient_id, images.study_id
    images["view"], images["view_position"] = folder.words(table["view"], VIEW, "view"), table["view"]
    images["height"] = folder.numbers(table.height, "height")
    images["width"] = folder.numbers(table.width, "width")
    images["sequence"] = _order(table, folder)
    folder.note(f"{len(images):,} images of {study.nunique():,} studies and {patient.nunique():,} patients are listed.")
    path = folder.optional("mimic-cxr-2.*-split.csv*", otherwise="the split is not known")
    if path is not None:
        splits = read_table(path, SPLIT).set_index("image_id")["split"]
        images["split"] = folder.words(images.image_id.map(splits), SPLITS, "split")
        folder.note(f"{images.split.isna().sum():,} images stand in no split of the owner's.")
    _add_patients(images, table, folder)
    tree = "p" + patient.str[:2] + "/p" + patient + "/s" + study + "/" + images.image_id
    images["path"] = folder.below([folder.root / "files", folder.root], tree + ".jpg")
    return images


def _order(table: pd.DataFrame, folder: Folder) -> "pd.Series[float]":
    """0, 1, 2 … over the studies of a patient, by date and time."""
    when = folder.numbers(table.date, "study date") * 1e6 + folder.numbers(table.time, "study time")
    first = when.groupby([table.patient_id, table.study_id]).transform("min")
    return first.groupby(table.patient_id).rank(method="dense") - 1


def _add_patients(images: pd.DataFrame, table: pd.DataFrame, folder: Folder) -> None:
    path = folder.optional("patients.csv", "patients.csv.gz", otherwise="sex and age are not known")
    if path is None:
        return
    patients = read_table(path, PATIENTS).drop_duplicates().set_index("patient_id")
    if patients.index.duplicated().any():
        raise DataError(f"{path}: a patient stands twice. Expected one row a patient.")
    patients = patients.reindex(table.patient_id).reset_index(drop=True)
    images["sex"] = folder.words(patients.sex, SEX, "sex")
    year = as_numbers(table.date)[0] // 10_000  # a word there is noted with the order of studies
    images["age_years"] = folder.ages(patients.age) + year - folder.numbers(patients.year, "anchor year")
    images["age_implausible"] = folder.implausible(images.age_years)


def _labels(table: pd.DataFrame, path: Path, who: str, folder: Folder) -> pd.DataFrame:
    """The labels of each image's study; missing where the study is not in the table."""
    studies = read_table(path, {"study_id": ("study_id",), **FINDINGS})
    if studies.study_id.duplicated().any():
        raise DataError(f"{path}: a study stands twice. Expected one row a study.")
    labels = studies.set_index("study_id").reindex(table.study_id).reset_index(drop=True)
    silent = (~table.study_id.isin(studies.study_id)).sum()
    uncertain = int((labels == -1).sum().sum())
    folder.note(
        f"{path.name}: {len(studies):,} studies by {who}; {silent:,} images are of studies not in it; "
        f"{uncertain:,} labels are uncertain, {int(labels.isna().sum().sum()):,} not mentioned."
    )
    return labels[list(CHEXPERT14)]
